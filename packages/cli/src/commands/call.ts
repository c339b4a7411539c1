import type { EndpointSet } from '@fairlead/discovery';
import type { Command } from 'commander';
import { type ClusterOptions, withClusterOptions, withOutputOption } from '../cluster-options.js';
import { CheckFailed, UsageError } from '../errors.js';
import { loadClock, startOpenLoop } from '../load/open-loop.js';
import { createTally, type LoadReport } from '../load/tally.js';
import { formatBars } from '../output/bars.js';
import { createLive } from '../output/live.js';
import { createStyle } from '../output/style.js';
import { positive, positiveInteger } from '../parse-number.js';

export interface CallOptions extends ClusterOptions {
  readonly rate: number;
  readonly duration: number;
  readonly concurrency: number;
  readonly config?: string;
  readonly output?: 'json';
}

/** A call that takes longer fails with DEADLINE_EXCEEDED: long enough for any health check, short enough to end. */
const DEADLINE_MS = 10_000;
/** How often the bars move. */
const REDRAW_MS = 200;

const isKubernetes = (target: string): boolean => /^(k8s|kubernetes):/.test(target);

function checkConfig(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    const config: unknown = JSON.parse(text);
    if (typeof config === 'object' && config !== null && !Array.isArray(config)) return text;
  } catch (error) {
    throw new UsageError(`--config: not JSON (${(error as Error).message})`);
  }
  throw new UsageError('--config: a gRPC service config is a JSON object');
}

/** Remembers which pod each address ever was: a pod that is gone by the end still has its name in the report. */
async function followPods(target: string, options: ClusterOptions) {
  const pods = new Map<string, string>();
  if (!isKubernetes(target)) return { pods, close: () => {} };
  const { watchEndpoints } = await import('@fairlead/discovery');
  const onSet = (set: EndpointSet): void => {
    for (const { addresses, pod } of set.endpoints) {
      for (const { host, port } of addresses) {
        if (pod) pods.set(host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`, pod);
      }
    }
  };
  const watch = watchEndpoints(target, { ...options, onSet });
  return { pods, close: () => watch.close() };
}

export function formatReport(report: LoadReport): string {
  const style = createStyle(process.stdout);
  const { latencyMs: ms } = report;
  const bars = Object.entries(report.byEndpoint)
    .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
    .map(([address, { pod, calls, failed }]) => ({
      label: pod ? `${address} ${pod}` : address,
      value: calls,
      ...(failed > 0 ? { note: `${failed} failed` } : {}),
    }));
  const statuses = Object.entries(report.byStatus).map(([status, count]) => `${status} ${count}`);
  return [
    ...formatBars(bars, style),
    `${report.calls} calls, ${report.ok} ok, ${report.failed} failed (${statuses.join(', ') || 'none'})`,
    `latency ms: p50 ${ms.p50.toFixed(1)}, p90 ${ms.p90.toFixed(1)}, p99 ${ms.p99.toFixed(1)}, max ${ms.max.toFixed(1)}`,
  ].join('\n');
}

async function run(target: string, options: CallOptions): Promise<LoadReport> {
  const config = checkConfig(options.config);
  // grpc-js reads it when it loads: only c-ares asks the server of dns://SERVER/NAME.
  if (/^dns:\/\/[^/]/.test(target)) process.env.GRPC_NODE_USE_ALTERNATIVE_RESOLVER ??= 'true';
  const { status } = await import('@grpc/grpc-js');
  const { callOnce, createRawClient, HEALTH_CHECK } = await import('../load/unary.js');
  if (isKubernetes(target)) {
    const { register } = await import('@fairlead/client');
    register({ kubeconfig: options.kubeconfig, context: options.context, namespace: options.namespace });
  }
  const { pods, close } = await followPods(target, options);
  const client = createRawClient(target, config === undefined ? {} : { 'grpc.service_config': config });
  const tally = createTally(
    (address) => pods.get(address) ?? null,
    (code) => status[code] ?? String(code),
  );
  const loop = startOpenLoop({
    ratePerSecond: options.rate,
    durationMs: options.duration * 1000,
    concurrency: options.concurrency,
    call(scheduledMs, done) {
      const deadlineMs = Date.now() + DEADLINE_MS;
      callOnce({ client, method: HEALTH_CHECK, deadlineMs, scheduledMs, now: loadClock.now }, (result) => {
        tally.add(result);
        done();
      });
    },
  });
  const live = createLive(options.output === 'json' ? process.stderr : process.stdout);
  const redraw = setInterval(() => live.draw(formatReport(tally.report()).split('\n')), REDRAW_MS);
  const stop = (): void => loop.stop();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  await loop.finished;
  process.removeListener('SIGINT', stop).removeListener('SIGTERM', stop);
  clearInterval(redraw);
  live.clear();
  client.close();
  close();
  return tally.report();
}

/** Adds `fairlead call TARGET`. */
export function callCommand(program: Command): void {
  const command = program
    .command('call')
    .argument('<target>', 'any gRPC target: k8s:///svc.ns:port, dns:///name:port, ip:port')
    .description('send calls at a steady rate and count where they went')
    .option('--rate <calls>', 'calls per second', positive('--rate'), 100)
    .option('--duration <seconds>', 'how long', positive('--duration'), 10)
    .option('--concurrency <calls>', 'calls in flight at most', positiveInteger('--concurrency'), 1000)
    .option('--config <json>', 'gRPC service config, e.g. \'{"loadBalancingConfig":[{"round_robin":{}}]}\'')
    .addHelpText('after', '\nExample:\n  fairlead call k8s:///serv-ca.nspace:8088 --rate 500 --duration 10');
  withOutputOption(withClusterOptions(command)).action(async (target: string, options: CallOptions) => {
    const report = await run(target, options);
    process.stdout.write(`${options.output === 'json' ? JSON.stringify(report) : formatReport(report)}\n`);
    if (report.failed > 0) throw new CheckFailed('');
  });
}
