import { type EndpointSet, watchEndpoints } from '@fairlead/discovery';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Bench, Echo, echoManifest, faults, Load, openBench, TARGET, until } from './harness.js';

const PODS = 4;
/** A controller takes a node for dead after 40 s or 50 s without a Lease. */
const NOTICED_MS = 90_000;
/** At 100 calls/s: what was on its way when the pods died, and until their connections were given up. */
const FEW = 20;

let bench: Bench;
let set: EndpointSet | undefined;
let watch: { close(): void };

/** Pods are given up as soon as their node is. */
const impatient = (manifest: string): string =>
  manifest.replace(
    '      containers:',
    `      tolerations:
        - {key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 0}
      containers:`,
  );

beforeAll(async () => {
  bench = await openBench();
  await bench.cluster.apply(impatient(echoManifest(PODS)));
  watch = watchEndpoints(TARGET, {
    kubeconfig: bench.cluster.kubeconfig,
    onSet: (news) => {
      set = news;
    },
  });
  await until('all pods are ready', () => bench.rolledOut());
});

afterAll(async () => {
  watch?.close();
  await bench?.close();
});

it('a node that is lost costs the calls on their way to it, and its pods are replaced elsewhere', async (context) => {
  const { loseNode } = faults(context, bench.cluster, 'loseNode');
  const ready = () => set?.endpoints.filter((endpoint) => endpoint.ready) ?? [];
  const echo = new Echo(bench.cluster.kubeconfig);
  await echo.reach(PODS);
  const lost = ready().filter(({ node }) => node === 'node-b').length;
  expect(lost).toBeGreaterThan(0);
  expect(lost).toBeLessThan(PODS);
  const load = new Load(echo, 100);
  await until('calls are answered', () => load.pods.size === PODS);
  await loseNode('node-b');
  const survivors = (): boolean => ready().length === PODS && ready().every(({ node }) => node === 'node-a');
  await until('all pods are on the node that is left', survivors, NOTICED_MS);
  await until('each is called', () => load.pods.size === PODS + lost);
  await load.stop();
  echo.close();
  expect(load.failures.length).toBeLessThan(FEW);
});
