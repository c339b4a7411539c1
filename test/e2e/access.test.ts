import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EndpointSetState, resolveEndpoints, watchEndpoints } from '@fairlead/discovery';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { account, mayWatch, requestToken, writeUserKubeconfig } from './accounts.js';
import { type Bench, Echo, echoManifest, faults, NAMESPACE, openBench, TARGET, until } from './harness.js';

const PODS = { group: '', version: 'v1', resource: 'pods' };

let bench: Bench;
let folder: string;

beforeAll(async () => {
  bench = await openBench();
  folder = await mkdtemp(join(tmpdir(), 'fairlead-e2e-'));
  await bench.cluster.apply(echoManifest(2));
  for (const name of ['weak', 'reader']) await bench.cluster.apply(account(name));
  await bench.cluster.apply(mayWatch('reader'));
  await until('two pods are ready', () => bench.rolledOut());
});

afterAll(async () => {
  await bench?.close();
  await rm(folder, { recursive: true, force: true });
});

it('tells who may not list, and calls once the Role is there', async () => {
  const token = await requestToken(bench, 'weak');
  const kubeconfig = await writeUserKubeconfig(bench, join(folder, 'weak'), { token });
  const refusal =
    /may not (?:list|watch) endpointslices\.discovery\.k8s\.io in namespace nspace: "fairlead doctor --rbac \S+" prints the Role/;
  await expect(resolveEndpoints(TARGET, { kubeconfig })).rejects.toMatchObject({
    code: 'FORBIDDEN',
    message: expect.stringMatching(refusal),
  });
  const echo = new Echo(kubeconfig);
  await expect(echo.say()).rejects.toMatchObject({ code: 14, details: expect.stringMatching(refusal) });
  await bench.cluster.apply(mayWatch('weak'));
  // The client asks again on its own, after 30 s at most.
  await until(
    'calls are answered',
    () =>
      echo.say().then(
        () => true,
        () => false,
      ),
    60_000,
  );
  await echo.reach(2);
  echo.close();
});

it('keeps calling when its token has ended, and goes on with the next one', async (context) => {
  const { reset } = faults(context, bench.cluster, 'reset');
  await bench.cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: holder, namespace: ${NAMESPACE}}
spec:
  serviceAccountName: reader
  terminationGracePeriodSeconds: 1
  containers: [{name: echo, image: fairlead/echo}]
`);
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, await requestToken(bench, 'reader', { pod: 'holder' }), { mode: 0o600 });
  const kubeconfig = await writeUserKubeconfig(bench, join(folder, 'reader'), { tokenFile });
  let state: EndpointSetState = { kind: 'live' };
  const watch = watchEndpoints(TARGET, {
    kubeconfig,
    onSet: () => {},
    onState: (news) => {
      state = news;
    },
  });
  const refused = (): boolean => state.kind === 'stale' && state.cause.code === 'UNAUTHORIZED';
  const echo = new Echo(kubeconfig);
  await echo.reach(2);
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 };
  await bench.api.delete(PODS, 'holder', { namespace: NAMESPACE, body });
  // An open watch outlives its token, and a server remembers a good one for some seconds.
  await until('the token is refused', async () => {
    if (!refused()) await reset();
    await new Promise((resolve) => setTimeout(resolve, 500));
    return refused();
  });
  expect(await echo.say()).toMatch(/^echo-/);
  await writeFile(tokenFile, await requestToken(bench, 'reader'), { mode: 0o600 });
  await until('the endpoints are live again', () => state.kind === 'live', 60_000);
  await bench.scale(3);
  await echo.reach(3);
  watch.close();
  echo.close();
});
