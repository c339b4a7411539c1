import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type Sandbox, SandboxError, startSandbox } from '../src/index.js';

let folder: string;
let machineTmp: string | undefined;
const sandboxes: Sandbox[] = [];
const blockers: Server[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fairlead-start-test-'));
  machineTmp = process.env.TMPDIR;
  process.env.TMPDIR = join(folder, 'tmp');
});

afterEach(async () => {
  await Promise.all(sandboxes.splice(0).map((sandbox) => sandbox.close()));
  await Promise.all(blockers.splice(0).map((blocker) => new Promise((resolve) => blocker.close(resolve))));
});

afterAll(() => {
  if (machineTmp === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = machineTmp;
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: Parameters<typeof startSandbox>[0] = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({ port: 0, ...options });
  sandboxes.push(sandbox);
  return sandbox;
}

/** Takes a port on the API address of every range, as a process does that listens on all addresses. */
async function takeEverywhere(port: number): Promise<void> {
  const hosts = Array.from({ length: 200 }, (_, index) => `127.${50 + index}.0.1`);
  await Promise.all(
    hosts.map(async (host) => {
      const blocker = createServer().listen(port, host);
      // Where another sandbox has it, it is taken already.
      await once(blocker, 'listening').then(
        () => blockers.push(blocker),
        () => {},
      );
    }),
  );
}

/** What is under the folder of temporary files, if it was ever made. */
function leftInTmp(): string[] {
  try {
    return readdirSync(process.env.TMPDIR ?? '');
  } catch {
    return [];
  }
}

it('leaves nothing in the folder of temporary files', async () => {
  const sandbox = await start();
  expect(leftInTmp()).toHaveLength(1);
  await sandbox.close();
  expect(leftInTmp()).toEqual([]);
});

it('writes the kubeconfig for its owner only and takes it away at the end', async () => {
  const kubeconfig = join(folder, 'kubeconfig');
  const sandbox = await start({ kubeconfig });
  expect(statSync(kubeconfig).mode & 0o777).toBe(0o600);
  expect(readFileSync(kubeconfig, 'utf8')).toContain(sandbox.api);
  await sandbox.close();
  expect(() => statSync(kubeconfig)).toThrow('ENOENT');
});

it('leaves a kubeconfig alone that somebody has changed', async () => {
  const kubeconfig = join(folder, 'changed');
  const sandbox = await start({ kubeconfig });
  writeFileSync(kubeconfig, 'mine');
  await sandbox.close();
  expect(readFileSync(kubeconfig, 'utf8')).toBe('mine');
});

it('says in one line that the kubeconfig cannot be written, and leaves nothing', async () => {
  const kubeconfig = join(folder, 'missing', 'kubeconfig');
  const failing = start({ kubeconfig });
  await expect(failing).rejects.toThrow(
    `kubeconfig "${kubeconfig}" cannot be written (ENOENT): accepted is a file in a folder that exists and is yours`,
  );
  await expect(failing).rejects.toMatchObject({ code: 'KUBECONFIG_UNWRITABLE' });
  expect(leftInTmp()).toEqual([]);
});

it('names a port that is taken, and leaves nothing', async () => {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  await takeEverywhere(port);
  const failing = start({ port });
  await expect(failing).rejects.toThrow(
    /^port \d+ is taken on 127\.\d+\.0\.1: accepted is another one, or 0/,
  );
  await expect(failing).rejects.toBeInstanceOf(SandboxError);
  expect(leftInTmp()).toEqual([]);
});

it('takes another port when nobody asked for one and 6443 is taken', async () => {
  await takeEverywhere(6443);
  const sandbox = await startSandbox();
  sandboxes.push(sandbox);
  expect(new URL(sandbox.api).port).not.toBe('6443');
});

it('serves itself as kube-dns and kubernetes', async () => {
  const { dns, api } = await start();
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  resolver.setServers([dns]);
  const host = new URL(api).hostname;
  expect(await resolver.resolve4('kube-dns.kube-system.svc.cluster.local')).toEqual([host]);
  const [record] = await resolver.resolveSrv('_dns._udp.kube-dns.kube-system.svc.cluster.local');
  expect(record).toMatchObject({ port: Number(dns.split(':')[1]) });
  expect(await resolver.resolve4('kubernetes.default.svc.cluster.local')).toHaveLength(1);
});
