import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Bench, Echo, echoManifest, fairlead, Load, openBench, until } from './harness.js';

let bench: Bench;
/** The pods' addresses; their names and ports by SRV. */
let byAddress: string;
let byService: string;

beforeAll(async () => {
  bench = await openBench();
  await bench.cluster.apply(echoManifest(2));
  await until('the deployment is up', () => bench.rolledOut());
  byAddress = `headless://${bench.cluster.dns}/serv.nspace:8088`;
  byService = `headless://${bench.cluster.dns}/_tcp._tcp.serv.nspace.svc.cluster.local`;
});

afterAll(() => bench?.close());

/** DNS tells late that a pod goes: a call on its way to it in that moment is refused, and the server did not begin it. */
const lost = (load: Load): readonly string[] =>
  load.failures.filter((failure) => !failure.includes('Stream refused by server'));

const dial = (target: string): Echo => new Echo(bench.cluster.kubeconfig, target);

it('a headless client finds pods that are added, and leaves those that are removed, within a TTL', async () => {
  const clients = [dial(byAddress), dial(byService)];
  await Promise.all(clients.map((client) => client.reach(2)));
  await bench.scale(4);
  await Promise.all(clients.map((client) => client.reach(4)));
  await bench.scale(1);
  await until('the deployment is down', () => bench.rolledOut());
  for (const client of clients) {
    const load = new Load(client, 100);
    await until('only the last pod answers', () => {
      const many = load.calls > 50 && load.pods.size === 1;
      if (!many && load.calls > 50) load.pods.clear();
      return many;
    });
    await load.stop();
    expect(lost(load)).toEqual([]);
    client.close();
  }
});

it('a rolling restart under load loses no call of a headless client', async () => {
  await bench.scale(3);
  await until('the deployment is up', () => bench.rolledOut());
  const client = dial(byAddress);
  const before = await client.reach(3);
  const load = new Load(client, 200);
  await until('the load spreads', () => load.pods.size === 3);
  await bench.restart();
  const replaced = (): number => [...load.pods.keys()].filter((pod) => !before.has(pod)).length;
  await until('three new pods answer', async () => replaced() >= 3 && (await bench.rolledOut()), 90_000);
  await load.stop();
  client.close();
  expect(lost(load)).toEqual([]);
});

it('the command line takes headless targets', async () => {
  const resolved = await fairlead(['resolve', byService, '-o', 'json']);
  const set = JSON.parse(resolved.stdout);
  expect(set).toMatchObject({ source: 'dns', target: byService, state: { kind: 'live' } });
  expect(set.endpoints.map((each: { addresses: { port: number }[] }) => each.addresses[0]?.port)).toEqual([
    8088, 8088, 8088,
  ]);
  const called = await fairlead(['call', byAddress, '--rate', '50', '--duration', '2', '-o', 'json']);
  expect(called.code).toBe(0);
  expect(JSON.parse(called.stdout)).toMatchObject({ failed: 0 });
  const absent = await fairlead([
    'resolve',
    `headless://${bench.cluster.dns}/none.nspace.svc.cluster.local.:80`,
  ]);
  expect(absent.code).toBe(1);
  expect(absent.stderr).toContain('DNS knows no none.nspace.svc.cluster.local');
  const doctor = await fairlead(['doctor', byAddress, '-o', 'json']);
  expect(JSON.parse(doctor.stdout)).toMatchObject({
    ok: true,
    checks: expect.arrayContaining([
      expect.objectContaining({ id: 'dns', ok: true }),
      expect.objectContaining({ id: 'connect', ok: true }),
    ]),
  });
});
