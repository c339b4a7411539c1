import { createInterface } from 'node:readline';
import { silentLogger, systemClock } from '@fairlead/discovery';
import { AdsService } from '#control-plane/ads/service.js';
import { GrpcServer } from '#control-plane/grpc/grpc-server.js';
import { Snapshot } from '#control-plane/snapshot/snapshot.js';
import type { LocalityEndpoints } from '#control-plane/translate/assignment.js';
import { encodeAssignment } from '#control-plane/translate/encode-assignment.js';
import { translateListener, translateTarget } from '#control-plane/translate/translate.js';

// The control plane's own streams without its validator: it serves what standard input says, a line of JSON with names
// and their localities, so that clients are sent what they refuse. It says its port first, and its clients after each line.

/** One line of standard input: what each name has from now on. */
type Script = Readonly<Record<string, readonly LocalityEndpoints[]>>;

const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const snapshot = new Snapshot();
const service = new AdsService({
  snapshot,
  interests: { add() {}, remove() {} },
  clock: systemClock,
  logger: silentLogger,
  limits: {
    maxStreams: 100,
    maxStreamsPerAddress: 100,
    maxNames: 100,
    requestRate: { perSecond: 100, burst: 1_000 },
  },
  windowMs: 10,
});

function publish(script: Script): void {
  for (const [name, localities] of Object.entries(script)) {
    snapshot.update([
      ...translateTarget(name).resources,
      { type: 'endpoints', name, bytes: encodeAssignment({ name, localities }) },
      ...translateListener(name, name).resources,
    ]);
  }
}

const server = new GrpcServer({
  methods: service.methods,
  clock: systemClock,
  logger: silentLogger,
  maxMessageBytes: 1_048_576,
  maxCalls: 100,
  maxConnections: 100,
  maxConnectionsPerAddress: 100,
  keepaliveMs: 30_000,
  idleMs: 300_000,
});
void server.listen('127.0.0.1', 0).then((port) => say({ port }));
createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (line !== '') publish(JSON.parse(line) as Script);
    const clients = service.clients().map(({ node, refusals }) => ({
      ...{ agent: node?.agent ?? '', id: node?.id ?? '', refusals: refusals.map(({ text }) => text) },
    }));
    say({ clients, rssBytes: process.memoryUsage.rss() });
  })
  .on('close', () => process.exit(0));
