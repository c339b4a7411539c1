import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { VirtualClock } from '../../test/doubles/virtual-clock.js';
import { FakeKube } from '../../test/fake-kube.js';
import { DataWatches } from './data-watches.js';
import { createIpPool } from './ip-pool.js';
import type { Pod } from './pod.js';
import { PodHome } from './pod-home.js';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
let runDir: string;

beforeEach(() => {
  runDir = mkdtempSync(join(tmpdir(), 'fairlead-home-test-'));
});
afterEach(() => rmSync(runDir, { recursive: true, force: true }));

const pod = (uid: string, hostNetwork = false): Pod => ({
  metadata: { name: uid, namespace: 'ns', uid },
  spec: { containers: [], automountServiceAccountToken: false, hostNetwork },
});

function bench() {
  const client = new FakeKube();
  const access = {
    ...{ server: client.server, namespace: 'ns', insecure: false, origin: 'test', user: 'test' },
    ...{ ca: () => undefined, credentials: async () => ({}), invalidate() {} },
  };
  const ips = createIpPool('127.5.1.0/24');
  const context = {
    ...{ access, client, ips, runDir, clock: new VirtualClock(), logger: quiet },
    ...{ hostIP: '127.5.0.10', podEnv: {}, bindShim: '/shim.cjs' },
    watches: new DataWatches({ client, clock: new VirtualClock(), logger: quiet }),
  };
  const move = async (of: Pod): Promise<PodHome> => {
    const home = new PodHome(of, context, { changed() {}, failed() {} });
    await home.prepare(of);
    return home;
  };
  /** How many addresses are free. */
  const free = (): number => {
    const taken: string[] = [];
    for (let ip = ips.allocate(); ip !== undefined; ip = ips.allocate()) taken.push(ip);
    for (const ip of taken) ips.release(ip);
    return taken.length;
  };
  return { context, move, free };
}

it('keeps one address, however often it is prepared, and gives it back once', async () => {
  const { move, free } = bench();
  const home = await move(pod('a'));
  await home.prepare(pod('a'));
  expect([home.podIP, free()]).toEqual(['127.5.1.1', 253]);
  home.vacate();
  expect([home.podIP, free(), existsSync(home.folder)]).toEqual(['127.5.1.1', 254, true]);
  const next = await move(pod('b'));
  await home.leave();
  expect([home.podIP, next.podIP === undefined, free()]).toEqual([undefined, false, 253]);
  expect(existsSync(home.folder)).toBe(false);
  await next.leave();
});

it('gives a pod of the host network the address of the node, which nobody gives back', async () => {
  const { move, free } = bench();
  const home = await move(pod('host', true));
  expect([home.podIP, free()]).toEqual(['127.5.0.10', 254]);
  await home.leave();
  expect(free()).toBe(254);
});

it('says so when no address is left', async () => {
  const { move } = bench();
  for (let n = 0; n < 254; n++) await move(pod(`p${n}`));
  await expect(move(pod('late'))).rejects.toThrow('no address is left in the pod range of this node');
});
