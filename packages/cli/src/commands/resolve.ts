import type { EndpointSet } from '@fairlead/discovery';
import type { Command } from 'commander';
import { type ClusterOptions, withClusterOptions, withOutputOption } from '../cluster-options.js';
import { CheckFailed } from '../errors.js';
import { conditionsOf } from '../output/endpoint.js';
import { spin } from '../output/spinner.js';
import { formatTable } from '../output/table.js';

interface ResolveOptions extends ClusterOptions {
  readonly output?: 'json';
}

const HEADER = ['ADDRESS', 'POD', 'NODE', 'ZONE', 'CONDITION', 'SLICE'];

function formatSet(set: EndpointSet): string {
  const rows = set.endpoints.map((endpoint) => [
    endpoint.key,
    endpoint.pod ?? '-',
    endpoint.node ?? '-',
    endpoint.zone ?? '-',
    conditionsOf(endpoint),
    endpoint.slice,
  ]);
  return formatTable(HEADER, rows);
}

/** Adds `fairlead resolve TARGET`. */
export function resolveCommand(program: Command): void {
  const command = program
    .command('resolve')
    .argument('<target>', 'k8s:///svc.ns:port, headless:///name:port, static:///ip:port,… or file:///path')
    .description('look once: the endpoints behind a target and where they came from')
    .addHelpText('after', '\nExample:\n  fairlead resolve k8s:///serv-ca.nspace:8088');
  withOutputOption(withClusterOptions(command)).action(async (target: string, options: ResolveOptions) => {
    const { resolveEndpoints, usableEndpoints } = await import('@fairlead/discovery');
    const { explainSet } = await import('../output/explain.js');
    const set = await spin(process.stderr, `asking for ${target}`, resolveEndpoints(target, options));
    if (options.output === 'json') process.stdout.write(`${JSON.stringify(set)}\n`);
    else if (set.endpoints.length > 0) process.stdout.write(`${formatSet(set)}\n`);
    if (usableEndpoints(set).length === 0) throw new CheckFailed(`${target}: ${explainSet(set)}`);
  });
}
