import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { type ChannelOptions, Client, credentials } from '@grpc/grpc-js';
import { register } from '@grpc/grpc-js-xds';

// A grpc-js client with xDS for the conformance, and the one that calls through Envoy: see the README of its parent
// folder for what it says.

const METHOD = '/fairlead.peers.v1.Pods/Name';
const FLUSH_MS = 200;
const TICK_MS = 5;

const { values } = parseArgs({
  options: {
    targets: { type: 'string', default: '' },
    authorities: { type: 'string' },
    rate: { type: 'string', default: '50' },
    'deadline-ms': { type: 'string', default: '5000' },
    'idle-ms': { type: 'string', default: '0' },
  },
});

const epochMs = (): number => performance.timeOrigin + performance.now();

/** The text of a `google.protobuf.StringValue`: tag, length (names are shorter than 128 bytes), bytes. */
const nameIn = (reply: Buffer): string => reply.subarray(2).toString();

const empty = (): Buffer => Buffer.alloc(0);

const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const versionOf = (name: string): string =>
  (createRequire(import.meta.url)(`${name}/package.json`) as { version: string }).version;

function main(): void {
  register();
  const idleMs = Number(values['idle-ms']);
  const options: ChannelOptions = {
    'grpc.enable_http_proxy': 0,
    ...(idleMs > 0 ? { 'grpc.client_idle_timeout_ms': idleMs } : {}),
  };
  const authorities = values.authorities?.split(',') ?? [];
  const clients = values.targets.split(',').map((target, index) => {
    const authority = authorities[index];
    const more = authority === undefined ? {} : { 'grpc.default_authority': authority };
    return new Client(target, credentials.createInsecure(), { ...options, ...more });
  });
  const packages = ['@grpc/grpc-js-xds', '@grpc/grpc-js'].map((name) => [name, versionOf(name)] as const);
  say({ versions: { ...Object.fromEntries(packages), 'Node.js': process.versions.node } });

  let ended: (readonly [number, number, number, string, string, number])[] = [];
  const call = (made: number): void => {
    const index = made % clients.length;
    const startMs = epochMs();
    const deadline = Date.now() + Number(values['deadline-ms']);
    clients[index]?.makeUnaryRequest(METHOD, empty, nameIn, undefined, { deadline }, (error, pod = '') => {
      ended.push([startMs, epochMs(), error?.code ?? 0, pod, error?.details ?? '', index]);
    });
  };
  let rate = Number(values.rate);
  let [made, due, lastMs] = [0, 0, performance.now()];
  setInterval(() => {
    const nowMs = performance.now();
    due = Math.min(due, 1) + ((nowMs - lastMs) / 1000) * rate;
    lastMs = nowMs;
    for (; due >= 1; due--) call(made++);
  }, TICK_MS);
  setInterval(() => {
    say({ calls: ended });
    ended = [];
  }, FLUSH_MS);
  process.stdout.on('error', () => process.exit(1));
  createInterface({ input: process.stdin })
    .on('line', (line) => {
      rate = Number(line);
    })
    .on('close', () => process.exit(0));
}

main();
