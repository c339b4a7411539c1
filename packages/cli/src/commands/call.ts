import type { ChannelInspection } from '@fairlead/client';
import type { EndpointSet } from '@fairlead/discovery';
import type { Command } from 'commander';
import { checkRequest, prepareMethod, type RequestOptions, readMethods } from '../call/request.js';
import { type ClusterOptions, withClusterOptions, withOutputOption } from '../cluster-options.js';
import { CheckFailed, UsageError } from '../errors.js';
import { listenForInterrupt } from '../interrupt.js';
import { formatReport } from '../load/report.js';
import type { Load } from '../load/run.js';
import { createTally, type Tally } from '../load/tally.js';
import { formatChannel } from '../output/inspection.js';
import { columnsOf, createLive } from '../output/live.js';
import { spinnerAt } from '../output/spinner.js';
import { createStyle } from '../output/style.js';
import { positive, positiveInteger } from '../parse-number.js';

interface CallOptions extends ClusterOptions, RequestOptions {
  readonly rate: number;
  readonly duration: number;
  readonly concurrency: number;
  readonly deadline: number;
  readonly config?: string;
  readonly policy?: string;
  readonly inspect?: true;
  readonly output?: 'json';
}

const collect = (value: string, previous: readonly string[]): string[] => [...previous, value];

/** How often the bars move. */
const REDRAW_MS = 200;
/** Schemes that this program dials: ours and those of grpc-js. */
const OWN_SCHEMES = ['k8s', 'kubernetes', 'headless', 'static', 'file'];
const SCHEMES = [...OWN_SCHEMES, 'dns', 'ipv4', 'ipv6', 'unix'];

/** A host may be called as a scheme is: `static:80` is port 80 of it. */
const isOwn = (target: string): boolean =>
  OWN_SCHEMES.includes(/^([a-z0-9]+):(?!\d+$)/.exec(target)?.[1] ?? '');

/** grpc-js takes an unknown scheme for a part of a host name and then fails by DNS. */
export function checkTarget(target: string): void {
  if (target === '') throw new UsageError('target "": a gRPC target is accepted, e.g. k8s:///svc.ns:port');
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(target)?.[1];
  if (scheme !== undefined && !SCHEMES.includes(scheme)) {
    const accepted = `${SCHEMES.join(', ')}, or HOST:PORT without one`;
    throw new UsageError(`target "${target}": scheme "${scheme}" is unknown; accepted: ${accepted}`);
  }
}

/** Checks that a `--config` is a JSON object; grpc-js and the client look at the rest. */
export function checkConfig(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    const config: unknown = JSON.parse(text);
    if (typeof config === 'object' && config !== null && !Array.isArray(config)) return text;
  } catch (error) {
    throw new UsageError(`--config: not JSON (${(error as Error).message})`);
  }
  throw new UsageError('--config: a gRPC service config is a JSON object');
}

/** Checks that the target is one whose policy the client decides; grpc-js would not look at the option. */
export function checkPolicy(target: string, policy: string | undefined): void {
  if (policy === undefined || isOwn(target)) return;
  const schemes = OWN_SCHEMES.map((scheme) => `${scheme}:///`).join(', ');
  throw new UsageError(`--policy is accepted with targets ${schemes}; for "${target}" use --config`);
}

/** Remembers which pod each address ever was: a pod that is gone by the end still has its name in the report. */
async function followPods(target: string, options: ClusterOptions) {
  const pods = new Map<string, string>();
  if (!isOwn(target)) return { pods, close: () => {} };
  const { formatAddress, watchEndpoints } = await import('@fairlead/discovery');
  const onSet = (set: EndpointSet): void => {
    for (const { addresses, pod } of set.endpoints) {
      for (const { host, port } of addresses) if (pod) pods.set(formatAddress(host, port), pod);
    }
  };
  const watch = watchEndpoints(target, { ...options, onSet });
  return { pods, close: () => watch.close() };
}

/** Tells that a proxy variable decides where the calls go: an application would see the same. */
async function warnOfProxy(target: string): Promise<void> {
  const { proxyFor } = await import('@fairlead/client');
  const hit = proxyFor(target, process.env);
  if (hit)
    process.stderr.write(`fairlead: ${hit.variable} sends the calls to a proxy: set no_proxy=${hit.host}\n`);
}

/** Opens a client of the target; grpc-js is loaded here, after the environment that it reads is set. */
async function openClient(target: string, options: CallOptions) {
  // Only c-ares asks the server of dns://SERVER/NAME. What grpc-js would log is in the report.
  if (/^dns:\/\/[^/]/.test(target)) process.env.GRPC_NODE_USE_ALTERNATIVE_RESOLVER ??= 'true';
  process.env.GRPC_VERBOSITY ??= 'NONE';
  const { kubeconfig, context, namespace, policy } = options;
  const config = checkConfig(options.config);
  // A config may ask for the policy `fairlead` below any scheme.
  if (isOwn(target) || config !== undefined) {
    const { register } = await import('@fairlead/client');
    register({ kubeconfig, context, namespace });
  }
  await warnOfProxy(target);
  const { createRawClient } = await import('../load/unary.js');
  return createRawClient(target, {
    ...(config === undefined ? {} : { 'grpc.service_config': config }),
    ...(policy === undefined ? {} : { 'fairlead.policy': policy }),
  });
}

/** Shows the report grow for as long as `work` runs. */
async function showGrowing<T>(tally: Tally, options: CallOptions, work: Promise<T>): Promise<T> {
  const stream = options.output === 'json' ? process.stderr : process.stdout;
  const live = createLive(stream);
  const style = createStyle(stream);
  const startMs = performance.now();
  let frame = 0;
  const timer = setInterval(() => {
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
    const head = `${spinnerAt(frame++)} ${options.rate} calls/s: ${seconds} of ${options.duration} s`;
    const look = { style, columns: columnsOf(stream) };
    live.draw([head, ...formatReport(tally.report(), tally.reasons(), look)]);
  }, REDRAW_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    live.clear();
  }
}

interface Finished {
  readonly tally: Tally;
  /** Calls that had no answer yet when the load was interrupted. */
  readonly givenUp: number;
  /** With `--inspect`: the channel as it was when the last call had ended. */
  readonly channels?: readonly ChannelInspection[];
}

/** What the client's channel does now. */
async function inspectedChannels(): Promise<readonly ChannelInspection[]> {
  const { inspectChannels } = await import('@fairlead/client');
  return inspectChannels().channels;
}

async function run(target: string, options: CallOptions): Promise<Finished> {
  const client = await openClient(target, options);
  const deadlineMs = options.deadline * 1000;
  const method = await prepareMethod(options, { client, timeoutMs: deadlineMs });
  const interrupt = listenForInterrupt();
  const { status } = await import('@grpc/grpc-js');
  const { startLoad } = await import('../load/run.js');
  const { pods, close } = await followPods(target, options);
  const tally = createTally(
    (address) => pods.get(address) ?? null,
    (code) => status[code] ?? String(code),
  );
  const load: Load = startLoad({
    client,
    method,
    tally,
    ratePerSecond: options.rate,
    durationMs: options.duration * 1000,
    concurrency: options.concurrency,
    deadlineMs,
  });
  const interrupted = interrupt.happened.then(() => load.abandon());
  // An interrupt ends the load, too; what it gave up is known a moment later.
  const finished = load.finished.then(() => (interrupt.signal.aborted ? interrupted : 0));
  const givenUp = await showGrowing(tally, options, finished);
  const channels = options.inspect ? await inspectedChannels() : undefined;
  interrupt.dispose();
  client.close();
  close();
  return { tally, givenUp, ...(channels === undefined ? {} : { channels }) };
}

function formatFinished({ tally, givenUp, channels = [] }: Finished): string {
  const look = { style: createStyle(process.stdout), columns: columnsOf(process.stdout) };
  return [
    ...formatReport(tally.report(), tally.reasons(), look),
    ...(givenUp > 0 ? [`${givenUp} more were not answered yet and do not count`] : []),
    ...channels.map((channel) => `\n${formatChannel(channel)}`),
  ].join('\n');
}

/** Prints the methods of the proto file or of the server, as a proto file has them. */
async function listMethods(target: string, options: CallOptions): Promise<void> {
  const client = await openClient(target, options);
  const methods = await readMethods(options, { client, timeoutMs: options.deadline * 1000 });
  const { describeMethod } = await import('../call/schema.js');
  client.close();
  const text = options.output === 'json' ? JSON.stringify(methods.map(({ name }) => name)) : undefined;
  process.stdout.write(`${text ?? methods.map(describeMethod).join('\n')}\n`);
}

/** Adds the options that say which method is called, and how. */
function withRequestOptions(command: Command): Command {
  return command
    .option('--method <name>', 'package.Service/Method to call (default: grpc.health.v1.Health/Check)')
    .option('--data <json>', 'its request: a JSON object, @FILE; of a client stream also an array')
    .option('--proto <file>', 'proto file of the method (default: the server is asked, by reflection)')
    .option('--import-path <dir>', 'where imports of the proto file are; repeatable', collect, [])
    .option('-H, --header <name:value>', 'metadata of each call, -bin as base64; repeatable', collect, [])
    .option('--deadline <seconds>', 'a call fails when it takes longer', positive('--deadline'), 10)
    .option('--list-methods', 'print the methods of the server, or of --proto, and stop');
}

/** Adds `fairlead call TARGET`. */
export function callCommand(program: Command): void {
  const command = program
    .command('call')
    .argument(
      '<target>',
      'any gRPC target: k8s:///svc.ns:port, headless:///name:port, dns:///name:port, ip:port',
    )
    .description('send calls at a steady rate and count where they went')
    .option('--rate <calls>', 'calls per second', positive('--rate'), 100)
    .option('--duration <seconds>', 'how long', positive('--duration'), 10)
    .option('--concurrency <calls>', 'calls in flight at most', positiveInteger('--concurrency'), 1000)
    .option('--config <json>', 'gRPC service config, e.g. \'{"loadBalancingConfig":[{"round_robin":{}}]}\'')
    .option('--policy <policy>', "policy alone: a pick's name, gRPC's name, or the fairlead config as JSON")
    .option('--inspect', 'say at the end what the channel knows of each endpoint (docs/inspection.md)')
    .addHelpText(
      'after',
      `
Example:
  fairlead call k8s:///serv-ca.nspace:8088 --rate 500 --duration 10
  fairlead call k8s:///serv-ca.nspace:8088 --policy roundRobin
  fairlead call k8s:///serv-ca.nspace:8088 --method fairlead.echo.v1.Echo/Say --data '{"text":"hi"}'`,
    );
  withRequestOptions(command);
  withOutputOption(withClusterOptions(command)).action(async (target: string, options: CallOptions) => {
    checkTarget(target);
    checkPolicy(target, options.policy);
    checkRequest(options);
    if (options.listMethods) return listMethods(target, options);
    const finished = await run(target, options);
    const report = finished.tally.report();
    const { channels } = finished;
    const text =
      options.output === 'json' ? JSON.stringify({ ...report, channels }) : formatFinished(finished);
    process.stdout.write(`${text}\n`);
    if (report.failed > 0) throw new CheckFailed('');
  });
}
