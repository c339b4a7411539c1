import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ApiRig, pod, startApi } from './api-rig.js';

let rig: ApiRig;
beforeAll(async () => {
  rig = await startApi();
});
afterAll(() => rig.close());
afterEach(async () => {
  for (const { metadata } of rig.store.list('pods', 'default')) {
    rig.store.delete('pods', 'default', metadata.name, { gracePeriodSeconds: 0 });
  }
  for (const { metadata } of rig.store.list('poddisruptionbudgets', 'default')) {
    rig.store.delete('poddisruptionbudgets', 'default', metadata.name);
  }
});

const PODS = '/api/v1/namespaces/default/pods';

interface Shape {
  readonly phase?: string;
  readonly ready?: boolean;
}

/** A pod on a node, with the labels that budgets select. */
function runPod(name: string, { phase = 'Running', ready = true }: Shape = {}): void {
  const made = pod(name, { nodeName: 'node-a' });
  rig.store.create('pods', { ...made, metadata: { ...made.metadata, labels: { app: 'web' } } });
  const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }];
  rig.store.modify(
    'pods',
    'default',
    name,
    (copy) => {
      copy.status = { phase, conditions };
    },
    { subresource: 'status' },
  );
}

function addBudget(name: string, status: object, spec: object = {}): void {
  rig.store.create('poddisruptionbudgets', {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name, namespace: 'default' },
    spec: { minAvailable: 2, selector: { matchLabels: { app: 'web' } }, ...spec },
  });
  rig.store.modify(
    'poddisruptionbudgets',
    'default',
    name,
    (copy) => {
      copy.status = { observedGeneration: 1, expectedPods: 3, desiredHealthy: 2, ...status };
    },
    { subresource: 'status' },
  );
}

const evict = (name: string, body: object = {}, query = '') =>
  rig.call('POST', `${PODS}/${name}/eviction${query}`, {
    body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: 'default' }, ...body },
  });
const budget = (name = 'web') => rig.store.get('poddisruptionbudgets', 'default', name);
const stored = (name: string) => rig.store.get('pods', 'default', name);

describe('an eviction', () => {
  it('of a pod without a budget begins its deletion and says in the pod why', async () => {
    runPod('a');
    expect((await evict('a')).json).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      code: 201,
    });
    expect(stored('a')?.metadata.deletionTimestamp).toBeDefined();
    expect(stored('a')?.status).toMatchObject({
      conditions: [
        { type: 'Ready' },
        {
          type: 'DisruptionTarget',
          status: 'True',
          reason: 'EvictionByEvictionAPI',
          message: 'Eviction API: evicting',
        },
      ],
    });
  });

  it('takes one disruption from the budget and notes the pod, until nothing is left', async () => {
    for (const name of ['a', 'b']) runPod(name);
    addBudget('web', { currentHealthy: 3, disruptionsAllowed: 1 });
    expect((await evict('a')).status).toBe(201);
    expect(budget()?.status).toMatchObject({
      disruptionsAllowed: 0,
      disruptedPods: { a: expect.any(String) },
    });
    const refused = await evict('b');
    expect(refused.json).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      reason: 'TooManyRequests',
      details: {
        causes: [
          {
            reason: 'DisruptionBudget',
            message: 'The disruption budget web does not allow evicting pods currently',
          },
        ],
      },
      code: 429,
    });
    expect(refused.headers['retry-after']).toBeUndefined();
    expect(stored('b')?.metadata.deletionTimestamp).toBeUndefined();
  });

  it.each<[string, object, string, string | undefined]>([
    [
      'with too few healthy pods',
      { currentHealthy: 2, disruptionsAllowed: 0 },
      'The disruption budget web needs 2 healthy pods and has 2 currently',
      undefined,
    ],
    [
      'whose numbers are of an older spec',
      { observedGeneration: 0, currentHealthy: 3, disruptionsAllowed: 1 },
      'The disruption budget web is still being processed by the server.',
      '10',
    ],
    [
      'that could not be calculated',
      {
        currentHealthy: 3,
        disruptionsAllowed: 0,
        conditions: [
          { type: 'DisruptionAllowed', status: 'False', reason: 'SyncFailed', message: 'no scale' },
        ],
      },
      'The disruption budget web does not allow evicting pods currently because it failed sync: no scale',
      undefined,
    ],
  ])('is refused by a budget %s', async (_, status, cause, retryAfter) => {
    runPod('a');
    addBudget('web', status);
    const refused = await evict('a');
    expect(refused.status).toBe(429);
    expect(refused.json.details.causes).toEqual([{ reason: 'DisruptionBudget', message: cause }]);
    expect(refused.headers['retry-after']).toBe(retryAfter);
  });

  it('is refused when two budgets select the pod', async () => {
    runPod('a');
    for (const name of ['one', 'two']) addBudget(name, { disruptionsAllowed: 1 });
    const refused = await evict('a');
    expect([refused.status, refused.json.message]).toEqual([
      500,
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    ]);
  });

  it.each<[string, Shape, object, number]>([
    ['a pod that does not run yet', { phase: 'Pending', ready: false }, {}, 201],
    ['a pod that has ended', { phase: 'Failed', ready: false }, {}, 201],
    ['an unready pod of a budget that is kept', { ready: false }, { currentHealthy: 2 }, 201],
    ['an unready pod of a budget that is not', { ready: false }, { currentHealthy: 1 }, 429],
    ['a ready pod', {}, { currentHealthy: 2 }, 429],
  ])('of %s (%j, budget %j) answers %i', async (_, shape, status, code) => {
    runPod('a', shape);
    addBudget('web', { currentHealthy: 2, disruptionsAllowed: 0, ...status });
    expect((await evict('a')).status).toBe(code);
    expect(budget()?.status).not.toHaveProperty('disruptedPods');
  });

  it('of an unready pod is always allowed by the policy AlwaysAllow', async () => {
    runPod('a', { ready: false });
    const spec = { unhealthyPodEvictionPolicy: 'AlwaysAllow' };
    addBudget('web', { currentHealthy: 1, disruptionsAllowed: 0 }, spec);
    expect((await evict('a')).status).toBe(201);
  });

  it.each([
    ['in the request', {}, '?dryRun=All'],
    ['in the body', { deleteOptions: { dryRun: ['All'] } }, ''],
  ])('with dryRun %s changes nothing, but is refused as otherwise', async (_, body, query) => {
    runPod('a');
    addBudget('web', { currentHealthy: 3, disruptionsAllowed: 1 });
    const before = [stored('a'), budget()];
    expect((await evict('a', body, query)).status).toBe(201);
    expect([stored('a'), budget()]).toEqual(before);
    addBudget('second', {});
    expect((await evict('a', body, query)).status).toBe(500);
  });

  it('keeps to the preconditions and the grace of its delete options', async () => {
    runPod('a');
    const other = await evict('a', { deleteOptions: { preconditions: { uid: 'other' } } });
    expect([other.status, other.json.reason]).toEqual([409, 'Conflict']);
    expect(stored('a')?.metadata.deletionTimestamp).toBeUndefined();
    const { resourceVersion } = stored('a')!.metadata;
    const preconditions = { resourceVersion };
    const exact = await evict('a', { deleteOptions: { preconditions, gracePeriodSeconds: 7 } });
    expect(exact.status).toBe(201);
    expect(stored('a')?.metadata.deletionGracePeriodSeconds).toBe(7);
  });

  it('whose name is not that of the path is refused', async () => {
    runPod('a');
    const refused = await evict('a', { metadata: { name: 'b' } });
    expect([refused.status, refused.json.message]).toEqual([
      400,
      'name in URL does not match name in Eviction object',
    ]);
  });
});

describe('a budget', () => {
  it.each<[object, string]>([
    [{ minAvailable: 1, maxUnavailable: 1 }, 'minAvailable and maxUnavailable cannot be both set'],
    [{ minAvailable: -1 }, 'spec.minAvailable: Invalid value: -1: must be greater than or equal to 0'],
    [{ minAvailable: '101%' }, 'spec.minAvailable: Invalid value: "101%": must not be greater than 100%'],
    [
      { maxUnavailable: 'half' },
      'spec.maxUnavailable: Invalid value: "half": a valid percent string must be',
    ],
    [
      { unhealthyPodEvictionPolicy: 'Never' },
      'spec.unhealthyPodEvictionPolicy: Unsupported value: "Never": supported values: "AlwaysAllow", "IfHealthyBudget"',
    ],
  ])('of spec %j is refused: %s', async (spec, why) => {
    const body = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'odd' }, spec };
    const refused = await rig.call('POST', '/apis/policy/v1/namespaces/default/poddisruptionbudgets', {
      body,
    });
    expect(refused.status).toBe(422);
    expect(refused.json.message).toContain(why);
  });
});
