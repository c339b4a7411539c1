import { DiscoveryError, parseTarget, type Target, targetAuthority } from '@fairlead/discovery';
import { textForm } from '../forms/text.js';
import { holdOneLine, read } from '../judge/refusal.js';
import { type FuzzTarget, hold } from '../target.js';

const REFUSALS = {
  documented: (error: unknown) => error instanceof DiscoveryError && error.code === 'TARGET_INVALID',
};
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** A target in its longest form. */
function format({ service, namespace, port }: Target): string {
  const suffix = port.kind === 'default' ? '' : `:${port.kind === 'number' ? port.number : port.name}`;
  return `k8s:///${service}.${namespace}.svc.cluster.local${suffix}`;
}

function sameMeaning(a: Target, b: Target): boolean {
  return (
    a.service === b.service &&
    a.namespace === b.namespace &&
    JSON.stringify(a.port) === JSON.stringify(b.port)
  );
}

function judge(text: string): void {
  const target = read(REFUSALS, () => parseTarget(text, { namespace: 'shop' }));
  if (target === undefined) return;
  hold(
    LABEL.test(target.service) && LABEL.test(target.namespace),
    `${JSON.stringify(target)} has a name that is none`,
  );
  holdOneLine(target.text, 'the text of the target');
  holdOneLine(targetAuthority(target), 'the authority');
  const again = parseTarget(format(target), { namespace: 'other' });
  hold(sameMeaning(again, target), `${format(target)} does not mean the same`);
  const shown = parseTarget(target.text, { namespace: 'shop' });
  hold(sameMeaning(shown, target) && shown.text === target.text, 'its own text does not mean the same');
}

/** Target strings and the authority made of them. */
export const targetStrings: FuzzTarget<string> = {
  name: 'targets',
  about: 'target strings: refused in one line, or written out in full they mean the same again',
  form: textForm([
    'k8s:',
    'kubernetes:',
    '.svc',
    '.cluster.local',
    'cluster:',
    'dns:',
    ':8088',
    ':grpc',
    'svc',
  ]),
  seeds: () => [
    ...['serv-ca', 'serv-ca.nspace:8088', 'k8s:///serv-ca.nspace:8088', 'k8s:serv-ca.nspace.svc:grpc'],
    ...['kubernetes:///serv-ca.nspace.svc.cluster.local.:8088', 'k8s://nspace/serv-ca:8088'],
    ...['k8s:///0.nspace', 'k8s:///pod-0.serv-ca.nspace', 'k8s://cluster:east/serv-ca.nspace'],
  ],
  open: () => ({ check: judge }),
};
