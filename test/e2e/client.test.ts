import { type EndpointSet, resolveEndpoints, watchEndpoints } from '@fairlead/discovery';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Bench,
  Echo,
  echoManifest,
  faults,
  Load,
  NAMESPACE,
  openBench,
  SERVICES,
  TARGET,
  until,
} from './harness.js';

let bench: Bench;
let echo: Echo;

beforeAll(async () => {
  bench = await openBench();
  await bench.cluster.apply(echoManifest(3));
  echo = new Echo(bench.cluster.kubeconfig);
  await until('three pods are ready', async () => {
    const { endpoints } = await resolveEndpoints(TARGET, { kubeconfig: bench.cluster.kubeconfig });
    return endpoints.filter(({ ready }) => ready).length === 3;
  });
});

afterAll(async () => {
  echo?.close();
  await bench?.close();
});

beforeEach(async () => {
  await bench.scale(3);
  await until('the deployment is as it should be', () => bench.rolledOut());
});

describe('a client of k8s:///', () => {
  it('spreads calls evenly, and over a new pod as soon as it is ready', async () => {
    await echo.reach(3);
    const load = new Load(echo, 300);
    await bench.scale(4);
    await until('four pods answer', () => load.pods.size === 4);
    await until('each has many calls', () => Math.min(...load.pods.values()) > 100);
    await load.stop();
    expect(load.failures).toEqual([]);
  });

  it('loses no call in a rolling restart', async () => {
    const load = new Load(echo, 300);
    await until('calls are answered', () => load.pods.size === 3);
    const before = new Set(load.pods.keys());
    await bench.restart();
    await until(
      'new pods answer',
      () => [...load.pods.keys()].filter((pod) => !before.has(pod)).length === 3,
      60_000,
    );
    await until('the rollout is over', () => bench.rolledOut());
    await load.stop();
    expect(load.failures).toEqual([]);
  });

  it('fails at once with the reason when the Service is scaled to zero, and waits when asked to', async () => {
    await echo.say();
    await bench.scale(0);
    await until('the call fails', () =>
      echo.say().then(
        () => false,
        () => true,
      ),
    );
    // While the last pods end, calls fall back to them; the reason is told once they are gone from the slices.
    const reason =
      /^k8s:\/\/\/serv\.nspace:8088: no ready endpoint since \d\d:\d\d:\d\dZ: the Service has no endpoints$/;
    await until('the reason is told', () =>
      echo.say().then(
        () => false,
        (error) => reason.test(error.details),
      ),
    );
    await expect(echo.say()).rejects.toMatchObject({ code: 14 });
    const waited = echo.say({ waitForReady: true, deadlineMs: 30_000 });
    await bench.scale(1);
    expect(await waited).toMatch(/^echo-/);
  });

  it('finds the pods of a Service that was deleted and made again', async () => {
    await echo.say();
    await bench.api.delete(SERVICES, 'serv', { namespace: NAMESPACE });
    await until('calls fail', () =>
      echo.say().then(
        () => false,
        () => true,
      ),
    );
    await expect(echo.say()).rejects.toMatchObject({
      details: 'k8s:///serv.nspace:8088: Service serv does not exist in namespace nspace',
    });
    await bench.cluster.apply(echoManifest(3));
    await until('calls are answered again', () =>
      echo.say().then(
        () => true,
        () => false,
      ),
    );
    await echo.reach(3);
  });
});

describe('a watch in trouble', () => {
  it('goes on after its connections were reset', async (context) => {
    const { reset } = faults(context, bench.cluster, 'reset');
    await echo.reach(3);
    await reset();
    await bench.scale(4);
    await echo.reach(4);
  });

  it('lists again when its resourceVersion is too old', async (context) => {
    const { compact, stopApi, startApi } = faults(context, bench.cluster, 'compact', 'stopApi', 'startApi');
    await echo.reach(3);
    await stopApi();
    await compact();
    await startApi();
    await until('the API server answers', () =>
      bench.scale(4).then(
        () => true,
        () => false,
      ),
    );
    await echo.reach(4);
  });

  it('keeps calling the last good endpoints while the API server is away', async (context) => {
    const { stopApi, startApi } = faults(context, bench.cluster, 'stopApi', 'startApi');
    await echo.reach(3);
    const load = new Load(echo, 200);
    await stopApi();
    await until('many calls are answered', () => load.calls > 600);
    await startApi();
    await until('the API server answers', () =>
      bench.scale(4).then(
        () => true,
        () => false,
      ),
    );
    await until('the new pod answers', () => load.pods.size === 4);
    await load.stop();
    expect(load.failures).toEqual([]);
  });

  it('replaces a killed pod; only calls made before its removal was read may fail', async (context) => {
    const { killPod } = faults(context, bench.cluster, 'killPod');
    const [pod] = await echo.reach(3);
    let killed = false;
    let removedMs = 0;
    const onSet = ({ endpoints }: EndpointSet): void => {
      if (killed && !endpoints.some((endpoint) => endpoint.pod === pod && endpoint.ready))
        removedMs ||= Date.now();
    };
    const watch = watchEndpoints(TARGET, { kubeconfig: bench.cluster.kubeconfig, onSet });
    const load = new Load(echo, 200);
    await until('calls are answered', () => load.pods.size === 3);
    killed = true;
    await killPod(NAMESPACE, pod!);
    await until('the removal is read', () => removedMs > 0);
    const removedAt = load.calls;
    await until('calls go on', () => load.calls > removedAt + 300);
    await load.stop();
    watch.close();
    expect(load.lastFailedMs).toBeLessThanOrEqual(removedMs);
    await until('the container runs again', () => echo.reach(3).then(() => true));
  });
});
