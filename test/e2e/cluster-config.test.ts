import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { register } from '@fairlead/client';
import type { LogFields } from '@fairlead/discovery';
import { KubeError, type KubeObject, type ResourceRef } from '@fairlead/discovery/kubernetes';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { account, mayWatch, requestToken, writeUserKubeconfig } from './accounts.js';
import {
  type Bench,
  Echo,
  echoManifest,
  fairlead,
  Load,
  NAMESPACE,
  openBench,
  SERVICE,
  SERVICES,
  TARGET,
  until,
} from './harness.js';

const CONFIG_MAPS: ResourceRef = { group: '', version: 'v1', resource: 'configmaps' };
const EVENTS: ResourceRef = { group: '', version: 'v1', resource: 'events' };
const POLICY = 'fairlead.dev/policy';
const METHODS = 'fairlead.dev/method-config';

let bench: Bench;
let folder: string;
let kubeconfig: string;
const warned: { msg: string; fields: LogFields | undefined }[] = [];
const open: Echo[] = [];

beforeAll(async () => {
  bench = await openBench();
  folder = await mkdtemp(join(tmpdir(), 'fairlead-e2e-'));
  await bench.cluster.apply(echoManifest(3));
  await bench.cluster.apply(`${account('app')}---${account('weak')}---${mayWatch('weak')}`);
  kubeconfig = await writeUserKubeconfig(bench, join(folder, 'app'), {
    token: await requestToken(bench, 'app'),
  });
  const args = ['doctor', TARGET, '--rbac', '--cluster-config', '--config-map', 'clients'];
  const { stdout, code } = await fairlead(args, { KUBECONFIG: kubeconfig });
  expect(code).toBe(0);
  await bench.cluster.apply(stdout);
  const nothing = (): void => {};
  const logger = {
    debug: nothing,
    info: nothing,
    error: nothing,
    warn: (msg: string, fields?: LogFields) => void warned.push({ msg, fields }),
  };
  Echo.register = () => register({ clusterConfig: { configMap: 'clients' }, logger });
  await until('the deployment is complete', () => bench.rolledOut());
});

afterEach(() => {
  for (const echo of open.splice(0)) echo.close();
});

afterAll(async () => {
  await bench?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Sets annotations of the Service; null takes one away. */
async function annotate(annotations: Record<string, string | null>, name = SERVICE): Promise<void> {
  await bench.api.patch(
    SERVICES,
    name,
    { metadata: { annotations } },
    { namespace: NAMESPACE, kind: 'merge' },
  );
}

async function setConfigMap(data: Record<string, string>): Promise<void> {
  const metadata = { name: 'clients', namespace: NAMESPACE };
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
  await bench.api
    .update(CONFIG_MAPS, object)
    .catch((error: unknown) =>
      error instanceof KubeError && error.status === 404
        ? bench.api.create(CONFIG_MAPS, object)
        : Promise.reject(error),
    );
}

async function forgetConfigMap(): Promise<void> {
  await bench.api.delete(CONFIG_MAPS, 'clients', { namespace: NAMESPACE }).catch((error: unknown) => {
    if (!(error instanceof KubeError && error.status === 404)) throw error;
  });
}

function dial(options: ConstructorParameters<typeof Echo>[2] = {}, as = kubeconfig): Echo {
  const echo = new Echo(as, TARGET, options);
  open.push(echo);
  return echo;
}

/** Whether twelve calls in a row go to three pods in turn: by chance once in some ten thousand times. */
async function isInTurn(echo: Echo): Promise<boolean> {
  const pods: string[] = [];
  for (let call = 0; call < 12; call++) pods.push(await echo.say());
  return new Set(pods).size === 3 && pods.every((pod, at) => at < 3 || pod === pods[at - 3]);
}

const takesTurns = (echo: Echo) => until('calls take turns', () => isInTurn(echo));
const takesNone = (echo: Echo) => until('calls take no turns', async () => !(await isInTurn(echo)));

async function eventsOf(service: string): Promise<readonly KubeObject[]> {
  const query = { fieldSelector: `involvedObject.name=${service},reason=ClientConfigInvalid` };
  return (await bench.api.list(EVENTS, { namespace: NAMESPACE, query })).items;
}

beforeEach(async () => {
  await annotate({ [POLICY]: null, [METHODS]: null });
  await forgetConfigMap();
});

describe('a client that takes its configuration from the cluster', () => {
  it('changes its policy with the annotation, and loses no call by it', async () => {
    const observed = dial();
    const load = new Load(dial({ 'grpc.client_idle_timeout_ms': 1_000_000 }), 300);
    await until('three pods are called', () => load.pods.size === 3);
    for (let again = 0; again < 3; again++) {
      await annotate({ [POLICY]: 'roundRobin' });
      await takesTurns(observed);
      await annotate({ [POLICY]: '{"pick": {"leastRequest": {"choiceCount": 3}}}' });
      await takesNone(observed);
    }
    await load.stop();
    expect(load.failures).toEqual([]);
  });

  it('takes from the ConfigMap what the annotation does not say, as long as there is one', async () => {
    const echo = dial();
    const load = new Load(dial({ 'grpc.client_idle_timeout_ms': 1_000_000 }), 300);
    await takesNone(echo);
    await setConfigMap({ [SERVICE]: 'roundRobin' });
    await takesTurns(echo);
    await annotate({ [POLICY]: 'leastRequest' });
    await takesNone(echo);
    await annotate({ [POLICY]: null });
    await takesTurns(echo);
    await setConfigMap({ [SERVICE]: 'leastRequest', _default: 'roundRobin' });
    await takesNone(echo);
    await setConfigMap({ _default: 'roundRobin' });
    await takesTurns(echo);
    await forgetConfigMap();
    await takesNone(echo);
    await load.stop();
    expect(load.failures).toEqual([]);
  });

  it('applies a timeout to the calls that come after it', async () => {
    const echo = dial();
    await echo.say();
    const refused = () =>
      echo.say().then(
        () => false,
        (error) => error.code === 4,
      );
    await annotate({ [METHODS]: '[{"name": [{}], "timeout": "0.000001s"}]' });
    await until('calls have no time', refused);
    await annotate({ [METHODS]: '[{"name": [{}], "timeout": "30s"}]' });
    await until('calls have time', async () => !(await refused()));
  });

  it('keeps the last good value, and says once what is wrong: in the log and by an Event', async () => {
    await annotate({ [POLICY]: 'roundRobin' });
    const echo = dial();
    await takesTurns(echo);
    const load = new Load(dial({ 'grpc.client_idle_timeout_ms': 1_000_000 }), 300);
    for (const value of ['fastest', '{', 'fastest']) await annotate({ [POLICY]: value });
    await until('both are told', async () => (await eventsOf(SERVICE)).length === 2);
    expect(await isInTurn(echo)).toBe(true);
    await load.stop();
    expect(load.failures).toEqual([]);
    const messages = (await eventsOf(SERVICE)).map(({ message }) => String(message));
    expect(
      messages.filter((text) => /unknown policy "fastest".*the last good one stays$/.test(text)),
    ).toHaveLength(1);
    const logged = warned.filter(({ fields }) => String(fields?.error).includes('"fastest"'));
    expect(logged).toHaveLength(1);
  });

  it('goes on with its defaults where it may read the Service only, and says so once', async () => {
    const token = await requestToken(bench, 'weak');
    const weak = await writeUserKubeconfig(bench, join(folder, 'weak'), { token });
    warned.length = 0;
    await setConfigMap({ [SERVICE]: 'roundRobin' });
    const echo = dial({}, weak);
    expect(await isInTurn(echo)).toBe(false);
    expect(warned).toEqual([
      {
        msg: 'the ConfigMap cannot be read, going on without its configuration',
        fields: {
          target: TARGET,
          error: expect.stringContaining(`ServiceAccount ${NAMESPACE}:weak may not get configmaps`),
        },
      },
    ]);
    await annotate({ [POLICY]: 'roundRobin' });
    await takesTurns(echo);
    await annotate({ [POLICY]: 'slowest' });
    await until('it is told', () => warned.length === 2);
    expect(await isInTurn(echo)).toBe(true);
    expect((await eventsOf(SERVICE)).filter(({ message }) => String(message).includes('slowest'))).toEqual(
      [],
    );
  });
});
