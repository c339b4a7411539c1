import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type * as GrpcJs from '@grpc/grpc-js';

// A client of grpc-js in a process of its own: calls a target at a steady rate until standard input ends, and says how
// each call went. --resolver is the package that knows the target's scheme; it and grpc-js come from --packages.

const METHOD = '/fairlead.peers.v1.Pods/Name';
const FLUSH_MS = 200;
const TICK_MS = 5;
/** A backlog would stifle a machine that is busy: calls later than that are never made (s). */
const MAX_LATE_S = 0.1;

const { values } = parseArgs({
  options: {
    target: { type: 'string', default: '' },
    rate: { type: 'string', default: '100' },
    'deadline-ms': { type: 'string', default: '5000' },
    packages: { type: 'string', default: '.' },
    resolver: { type: 'string' },
    options: { type: 'string', default: '{}' },
  },
});

/** How each resolver is made known to grpc-js, as its own documentation says. */
const REGISTER: Readonly<Record<string, (grpc: typeof GrpcJs, resolver: never) => void>> = {
  '@fairlead/client': (_grpc, { register }: { register(): void }) => register(),
  '@globalworldwide/grpc-resolvers': (grpc, { K8SResolver }: { K8SResolver: never }) =>
    grpc.experimental.registerResolver('k8s', K8SResolver),
};

const load = createRequire(join(values.packages, 'package.json'));

const versionOf = (name: string): string =>
  JSON.parse(readFileSync(join(values.packages, 'node_modules', name, 'package.json'), 'utf8')).version;

const epochMs = (): number => performance.timeOrigin + performance.now();

/** The text of a `google.protobuf.StringValue`: tag, length (names are shorter than 128 bytes), bytes. */
const nameIn = (reply: Buffer): string => reply.subarray(2).toString();

const empty = (): Buffer => Buffer.alloc(0);

function openClient(grpc: typeof GrpcJs): GrpcJs.Client {
  const { resolver } = values;
  if (resolver !== undefined) {
    const register = REGISTER[resolver];
    if (!register)
      throw new Error(`--resolver "${resolver}": accepted are ${Object.keys(REGISTER).join(', ')}`);
    register(grpc, load(resolver) as never);
  }
  return new grpc.Client(values.target, grpc.credentials.createInsecure(), JSON.parse(values.options));
}

const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

function main(): void {
  const grpc = load('@grpc/grpc-js') as typeof GrpcJs;
  const client = openClient(grpc);
  const names = ['@grpc/grpc-js', ...(values.resolver === undefined ? [] : [values.resolver])];
  const packages = names.map((name) => [name, versionOf(name)] as const);
  say({ versions: { 'Node.js': process.versions.node, ...Object.fromEntries(packages) } });

  let ended: [number, number, number, string][] = [];
  const call = (): void => {
    const startMs = epochMs();
    const deadline = Date.now() + Number(values['deadline-ms']);
    client.makeUnaryRequest(METHOD, empty, nameIn, undefined, { deadline }, (error, pod = '') => {
      ended.push([startMs, epochMs(), error?.code ?? 0, pod]);
    });
  };
  const rate = Number(values.rate);
  const beganMs = performance.now();
  let made = 0;
  setInterval(() => {
    const due = ((performance.now() - beganMs) / 1000) * rate;
    made = Math.max(made, Math.floor(due - MAX_LATE_S * rate));
    for (; made < due; made++) call();
  }, TICK_MS);
  setInterval(() => {
    say({ calls: ended });
    ended = [];
  }, FLUSH_MS);
  process.stdout.on('error', () => process.exit(1));
  process.stdin.on('close', () => process.exit(0)).resume();
}

main();
