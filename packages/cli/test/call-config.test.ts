import { Server, ServerCredentials, type sendUnaryData } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createProgram } from '../src/program.js';

const PICKS = [
  'roundRobin',
  'leastRequest',
  'loadAware',
  'weightedRoundRobin',
  'peakEwma',
  'ringHash',
  'pickFirst',
];
const STANDARD = [
  ...['round_robin', 'pick_first', 'weighted_round_robin', 'least_request_experimental'],
  ...['ring_hash_experimental', 'outlier_detection', 'outlier_detection_experimental'],
];

const bytes = (value: Buffer): Buffer => value;
const CHECK = {
  path: '/grpc.health.v1.Health/Check',
  requestStream: false,
  responseStream: false,
  requestSerialize: bytes,
  requestDeserialize: bytes,
  responseSerialize: bytes,
  responseDeserialize: bytes,
} as const;

const servers: Server[] = [];
const addresses: string[] = [];

beforeAll(async () => {
  for (let i = 0; i < 2; i++) {
    const server = new Server();
    const answer = (_call: unknown, reply: sendUnaryData<Buffer>) => reply(null, Buffer.from([0x08, 0x01]));
    server.addService({ Check: CHECK }, { Check: answer });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    servers.push(server);
    addresses.push(`127.0.0.1:${port}`);
  }
});

afterAll(() => {
  for (const server of servers) server.forceShutdown();
});

/** Runs `fairlead call` with a few calls; returns its report. */
async function call(target: string, ...options: string[]) {
  let out = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  const args = ['call', target, '--rate', '100', '--duration', '0.2', '-o', 'json', ...options];
  try {
    await createProgram().parseAsync(['node', 'fairlead', ...args]);
  } finally {
    write.mockRestore();
  }
  return JSON.parse(out) as { calls: number; ok: number; byEndpoint: Record<string, unknown> };
}

const targets = () => ({ own: `static:///${addresses.join()}`, foreign: `ipv4:${addresses.join()}` });
const config = (name: string, value: object): string =>
  JSON.stringify({ loadBalancingConfig: [{ [name]: value }] });
const childOf = (name: string): object =>
  name.startsWith('outlier_detection')
    ? { failurePercentageEjection: {}, childPolicy: [{ round_robin: {} }] }
    : {};

it.each([
  ...PICKS.map((name) => config('fairlead', { pick: { [name]: {} } })),
  ...STANDARD.map((name) => config(name, childOf(name))),
  config('fairlead', {
    pick: { loadAware: {} },
    zone: { preferZone: true },
    subset: { size: 1 },
    slowStart: {},
    outliers: {},
  }),
])('calls with the service config %s', async (json) => {
  const { calls, ok } = await call(targets().own, '--config', json);
  expect([calls, ok]).toEqual([20, 20]);
});

it.each([...PICKS, 'least_request_experimental', '{"pick": {"ringHash": {"header": "x-user"}}}'])(
  'calls with the policy %s in one line',
  async (policy) => {
    const { calls, ok } = await call(targets().own, '--policy', policy);
    expect([calls, ok]).toEqual([20, 20]);
  },
);

it('knows the policy fairlead below schemes of grpc-js, too', async () => {
  const { ok, byEndpoint } = await call(
    targets().foreign,
    '--config',
    config('fairlead', { pick: { roundRobin: {} } }),
  );
  expect(ok).toBe(20);
  expect(Object.keys(byEndpoint).sort()).toEqual([...addresses].sort());
});

it.each([
  ['--config', config('ring_hash_experimental', { minRingSize: 0 }), 'minRingSize: 0 is not accepted'],
  ['--config', config('outlier_detection', {}), 'childPolicy: undefined is not accepted: a list of policies'],
  ['--policy', 'fastest', 'channel option fairlead.policy: fairlead.pick: unknown policy "fastest"'],
])('says what is wrong with %s %s', async (option, text, message) => {
  await expect(call(targets().own, option, text)).rejects.toThrow(message);
});
