import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startTestCluster } from '../src/testing.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-test-cluster-'));
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

async function useModule(name: string, text: string): Promise<void> {
  const path = join(folder, name);
  await writeFile(path, text);
  vi.stubEnv('FAIRLEAD_TEST_CLUSTER', path);
}

it('hands the tests the cluster of another module, with the options of the test', async () => {
  await useModule(
    'own.mjs',
    'export const startTestCluster = async (options) => ({ kubeconfig: options.nodes[0].name });',
  );
  const cluster = await startTestCluster({ nodes: [{ name: 'far', zone: 'zone-a' }] });
  expect(cluster.kubeconfig).toBe('far');
});

it('names a module that has no cluster', async () => {
  await useModule('empty.mjs', 'export const other = 1;');
  await expect(startTestCluster()).rejects.toThrow(
    /FAIRLEAD_TEST_CLUSTER "\S+empty\.mjs": accepted is a module that exports startTestCluster/,
  );
});
