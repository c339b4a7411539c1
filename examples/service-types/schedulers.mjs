// A cluster for each scheduler of the service proxy that is named (default: all): whom 40 connections reach.
import { readFile } from 'node:fs/promises';
import { createKubeClient, loadAccess } from '@fairlead/discovery/kubernetes';
import { startSandbox } from '@fairlead/sandbox';
import { callAll, inWords, printTable } from './calls.mjs';

const PODS = 4;
const manifest = await readFile(new URL('services.yaml', import.meta.url), 'utf8');
const asked = process.argv.slice(2);
const rows = [['SCHEDULER', 'ONE CHANNEL', '40 CHANNELS']];

for (const scheduler of asked.length > 0 ? asked : ['random', 'rr', 'lc', 'sed', 'nq', 'sh', 'dh']) {
  const sandbox = await startSandbox({ port: 0, proxyScheduler: scheduler });
  const api = createKubeClient(loadAccess({ kubeconfig: sandbox.kubeconfig }));
  try {
    await sandbox.apply(manifest);
    const { spec } = await api.get({ group: '', version: 'v1', resource: 'services' }, 'cluster-ip', {
      namespace: 'types',
    });
    await readyPods(api);
    const target = `${spec.clusterIP}:8088`;
    const one = await callAll(target, { calls: 100 });
    rows.push([scheduler, inWords(one), inWords(await callAll(target, { channels: 40, calls: 1 }))]);
  } finally {
    api.close();
    await sandbox.close();
  }
}
printTable(rows);

/** Resolves when the slice has all pods that become ready. */
async function readyPods(api) {
  const slices = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };
  const query = { labelSelector: 'kubernetes.io/service-name=cluster-ip' };
  for (let ready = 0; ready < PODS; ) {
    const { items } = await api.list(slices, { namespace: 'types', query });
    ready = items
      .flatMap(({ endpoints }) => endpoints ?? [])
      .filter(({ conditions }) => conditions.ready).length;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
