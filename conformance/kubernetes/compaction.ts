import type { KubeError, KubeObject } from '@fairlead/discovery/kubernetes';
import { waitFor } from '#commands/wait.js';
import type { PartContext } from '../part.js';
import type { ControlPlane } from './control-plane.js';

const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };
const IN_DEFAULT = { namespace: 'default' };
const TIMEOUT_MS = 30_000;

/** The code in a `Status`, or of an error. */
const codeOf = (object: KubeObject): string => String(object.code ?? 'none');

/** What a watch from an old resourceVersion is answered: the first event. */
async function watchFrom(plane: ControlPlane, resourceVersion: string): Promise<string> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const query = { resourceVersion };
  const events = await plane.client.watch(CONFIG_MAPS, { ...IN_DEFAULT, query, signal });
  for await (const { type, object } of events) return `${type} ${codeOf(object)} ${object.reason}`;
  return 'end of stream';
}

async function listFrom(plane: ControlPlane, token: string): Promise<string> {
  const query = { limit: 1, continue: token };
  return plane.client.list(CONFIG_MAPS, { query }).then(
    () => 'a page',
    (error: KubeError) => `${error.status} ${error.reason}`,
  );
}

/** Shows that the fault behind the tests of a lost history is the true one. */
export async function judgeCompaction(plane: ControlPlane, { report, signal }: PartContext): Promise<void> {
  const { client } = plane;
  const before = await client.list(CONFIG_MAPS, { query: { limit: 1 } });
  const { resourceVersion = '', continue: token = '' } = before.metadata;
  for (let turn = 0; turn < 3; turn++) {
    const data = { turn: String(turn) };
    const metadata = { name: `history-${turn}` };
    await client.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data }, IN_DEFAULT);
  }
  await plane.stopApi();
  await plane.compact();
  await plane.startApi();
  await waitFor('the API server answers', () => client.list(CONFIG_MAPS).then(() => true), {
    timeoutMs: TIMEOUT_MS,
    signal,
  });
  report({
    case: 'compaction: a watch from before is answered with an event of 410',
    expected: 'ERROR 410 Expired',
    got: await watchFrom(plane, resourceVersion),
  });
  report({
    case: 'compaction: the next page of a list from before is answered 410',
    expected: '410 Expired',
    got: await listFrom(plane, token),
  });
}
