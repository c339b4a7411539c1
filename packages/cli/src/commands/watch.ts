import type { Endpoint, EndpointDiff, EndpointSet, EndpointSetState } from '@fairlead/discovery';
import type { Command } from 'commander';
import { type ClusterOptions, withClusterOptions, withOutputOption } from '../cluster-options.js';
import { createStyle, type Style } from '../output/style.js';
import { conditionsOf } from './resolve.js';

interface WatchOptions extends ClusterOptions {
  readonly output?: 'json';
}

/** One line of `fairlead watch -o json`. */
interface ChangeLine {
  readonly atMs: number;
  readonly ageMs: number | null;
  readonly added: readonly Endpoint[];
  readonly removed: readonly Endpoint[];
  readonly changed: readonly Endpoint[];
  readonly state: { readonly kind: string; readonly sinceMs?: number; readonly cause?: string };
}

function stateLine(state: EndpointSetState): ChangeLine['state'] {
  if (state.kind === 'live') return { kind: 'live' };
  return { kind: state.kind, sinceMs: state.sinceMs, cause: state.cause.message };
}

const NO_CHANGE: EndpointDiff = { added: [], removed: [], changed: [] };

function endpointText(sign: string, endpoint: Endpoint): string {
  return `${sign}${endpoint.key}${endpoint.pod ? ` ${endpoint.pod}` : ''} ${conditionsOf(endpoint)}`;
}

function changeText(line: ChangeLine, count: number | undefined, style: Style): string {
  const time = new Date(line.atMs).toISOString().slice(11, 23);
  const parts = [
    ...line.added.map((endpoint) => style('green', endpointText('+', endpoint))),
    ...line.removed.map((endpoint) => style('red', endpointText('-', endpoint))),
    ...line.changed.map((endpoint) => style('yellow', endpointText('~', endpoint))),
  ];
  const age = line.ageMs === null ? '' : ` age ${line.ageMs} ms`;
  const total = count === undefined ? '' : ` (${count} endpoints${age})`;
  const state = line.state.kind === 'live' ? '' : ` ${line.state.kind}: ${line.state.cause}`;
  return `${style('dim', time)}  ${parts.join('  ') || 'state'}${total}${style('yellow', state)}`;
}

/** Adds `fairlead watch TARGET`. */
export function watchCommand(program: Command): void {
  const command = program
    .command('watch')
    .argument('<target>', 'k8s:///svc.ns:port')
    .description('print a line per change until interrupted')
    .addHelpText('after', '\nExample:\n  fairlead watch k8s:///serv-ca.nspace:8088');
  withOutputOption(withClusterOptions(command)).action(async (target: string, options: WatchOptions) => {
    const { watchEndpoints } = await import('@fairlead/discovery');
    const style = createStyle(process.stdout);
    const print = (diff: EndpointDiff, state: EndpointSetState, set?: EndpointSet): void => {
      const line = { atMs: Date.now(), ageMs: set?.ageMs ?? null, ...diff, state: stateLine(state) };
      const text =
        options.output === 'json' ? JSON.stringify(line) : changeText(line, set?.endpoints.length, style);
      process.stdout.write(`${text}\n`);
    };
    const watch = watchEndpoints(target, {
      ...options,
      onSet: (set, diff) => print(diff, set.state, set),
      onState: (state) => print(NO_CHANGE, state),
    });
    await new Promise<void>((resolve) => {
      process.once('SIGINT', resolve).once('SIGTERM', resolve);
      // A reader that goes away (`| head`) ends the watch as it would end any filter.
      process.stdout.once('error', () => resolve());
    });
    watch.close();
  });
}
