import { isDeepStrictEqual } from 'node:util';
import { DiscoveryError, parseTarget, type Target } from '@fairlead/discovery';
import { authorityOf, parseAnyTarget } from '#discovery/any-target.js';
import { textForm } from '../forms/text.js';
import { holdOneLine, read } from '../judge/refusal.js';
import { type FuzzTarget, hold } from '../target.js';

const REFUSALS = {
  documented: (error: unknown) => error instanceof DiscoveryError && error.code === 'TARGET_INVALID',
};
/** A list of addresses may be as long. */
const MOST_TARGET_CHARS = 10_000;
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** A target in its longest form. */
function format({ hostname, service, namespace, port }: Target): string {
  const pod = hostname === undefined ? '' : `${hostname}.`;
  const suffix = port.kind === 'default' ? '' : `:${port.kind === 'number' ? port.number : port.name}`;
  return `k8s:///${pod}${service}.${namespace}.svc.cluster.local${suffix}`;
}

function sameMeaning(a: Target, b: Target): boolean {
  return (
    a.hostname === b.hostname &&
    a.service === b.service &&
    a.namespace === b.namespace &&
    JSON.stringify(a.port) === JSON.stringify(b.port)
  );
}

function judgeKubernetes(target: Target): void {
  const names = [target.service, target.namespace, target.hostname ?? target.service];
  hold(
    names.every((name) => LABEL.test(name)),
    `${JSON.stringify(names)}: a name that is none`,
  );
  const again = parseTarget(format(target), { namespace: 'other' });
  hold(sameMeaning(again, target), `${format(target)} does not mean the same`);
}

function judge(text: string): void {
  const parsed = read(REFUSALS, () => parseAnyTarget(text, { namespace: 'shop' }));
  if (parsed === undefined) return;
  holdOneLine(parsed.target.text, 'the text of the target', MOST_TARGET_CHARS);
  holdOneLine(authorityOf(parsed), 'the authority');
  if (parsed.kind === 'kubernetes') judgeKubernetes(parsed.target);
  const shown = parseAnyTarget(parsed.target.text, { namespace: 'shop' });
  hold(isDeepStrictEqual(shown, parsed), 'its own text does not mean the same');
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
    ...[
      'static:///10.0.0.1:80,[fd00::1]:81',
      'headless:///serv-ca.nspace.svc:8088',
      'file:///etc/endpoints.yaml',
    ],
    ...['headless://10.96.0.10:53/_grpc._tcp.serv-ca.nspace.svc.cluster.local', 'static:a:1'],
    ...['k8s:///0.nspace', 'k8s:///pod-0.serv-ca.nspace', 'k8s://cluster:east/serv-ca.nspace'],
  ],
  open: () => ({ check: judge }),
};
