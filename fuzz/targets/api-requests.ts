import { type Json, jsonForm, jsonText, jsonValue } from '../forms/json.js';
import { type FuzzTarget, hold, Objection } from '../target.js';
import { API_SEEDS, PATCHES } from './api-seeds.js';
import { type Answered, type Asked, isDefect, RunningSandbox } from './running-sandbox.js';

const HEALTHY: Asked = { method: 'GET', path: '/api/v1/namespaces/default', headers: {}, body: '' };
/** Requests that go out for one input at most. */
const MOST_REQUESTS = 5;
/** A real cluster, too, would make as many pods as are asked for. */
const MANY = /("(?:replicas|value)":\s*)\d{2,}/g;

const text = (value: unknown, or: string): string => (typeof value === 'string' ? value : or);
/** Characters that no client can send in a request line or a header. */
const sendable = (line: string): string => wellFormed(line).replace(/[^\x21-\x7e]/gu, encodeURIComponent);
/** Halves of characters have no UTF-8. */
const wellFormed = (line: string): string => Buffer.from(line).toString();

function askedOf(json: Json): Asked {
  const request = (typeof json === 'object' && json !== null && !Array.isArray(json) ? json : {}) as {
    [key: string]: Json;
  };
  const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
  const method = text(request.method, 'GET');
  const query = new URLSearchParams();
  const parameters = jsonValue(request.query ?? {});
  for (const [name, value] of Object.entries(parameters ?? {})) {
    query.append(name, typeof value === 'string' ? value : typeof value);
  }
  const path = sendable(text(request.path, '/api')).slice(0, 4_000);
  const body =
    typeof request.body === 'string'
      ? request.body
      : request.body === undefined
        ? ''
        : jsonText(request.body);
  return {
    method: methods.includes(method) ? method : 'GET',
    path: `${path.startsWith('/') ? path : `/${path}`}${query.size > 0 ? `?${query}`.slice(0, 8_000) : ''}`,
    headers: {
      'content-type': sendable(text(request.type, 'application/json')).slice(0, 200),
      accept: sendable(text(request.accept, 'application/json')).slice(0, 1_000),
    },
    body: body.replace(MANY, '$17'),
  };
}

function judgeAnswer({ method, path }: Asked, { status, text, whole }: Answered): void {
  const what = `${method} ${path.slice(0, 200)}`;
  hold(status < 500 || !isDefect(text), `${status} ${text.slice(0, 300)}: answer to ${what}`);
  if (!whole || method === 'HEAD' || status === 204) return;
  if (status < 400 || !text.startsWith('{')) return;
  const refusal = JSON.parse(text);
  hold(refusal.kind === 'Status' && refusal.code === status, `${what}: ${status} without a Status`);
  hold(typeof refusal.message === 'string' && refusal.message.length < 200_000, `${what}: no message`);
}

async function judge(sandbox: RunningSandbox, json: Json): Promise<void> {
  await sandbox.next();
  for (const request of (Array.isArray(json) ? json : [json]).slice(0, MOST_REQUESTS)) {
    const asked = askedOf(request);
    judgeAnswer(asked, await sandbox.send(asked));
  }
  const { status } = await sandbox.send(HEALTHY);
  if (status !== 200) throw new Objection(`a good request is answered ${status} afterwards`);
  sandbox.checkFailures();
}

const WORDS = [
  ...['9999999999999', 'timeoutSeconds', 'gracePeriodSeconds', 'terminationGracePeriodSeconds'],
  ...[
    ...PATCHES,
    'application/apply-patch+yaml',
    'application/yaml',
    'application/vnd.kubernetes.protobuf',
    'PATCH',
  ],
  ...[
    'metadata',
    'name',
    'generateName',
    'namespace',
    'labels',
    'annotations',
    'ownerReferences',
    'finalizers',
    'spec',
  ],
  ...[
    'status',
    'uid',
    'resourceVersion',
    'deletionTimestamp',
    'managedFields',
    'selector',
    'matchExpressions',
    'ports',
  ],
  ...[
    'containers',
    'env',
    'valueFrom',
    'volumes',
    'template',
    'replicas',
    'strategy',
    'clusterIP',
    'None',
    'type',
  ],
  ...[
    '$patch',
    '$retainKeys',
    '$setElementOrder/ports',
    '$deleteFromPrimitiveList/finalizers',
    'replace',
    'delete',
  ],
  ...[
    'op',
    'path',
    'from',
    'value',
    'add',
    'remove',
    'move',
    'copy',
    'test',
    '/metadata/-',
    '/data/~01',
    '/spec/ports/0',
  ],
  ...[
    'labelSelector',
    'fieldSelector',
    'continue',
    'limit',
    'watch',
    'resourceVersionMatch',
    'Exact',
    'dryRun',
    'All',
  ],
  ...[
    '50m',
    '1Gi',
    '25%',
    '2026-01-01T00:00:00Z',
    '10.0.0.1',
    'fd00::1',
    'TCP',
    '/log',
    '/status',
    '/scale',
    '/eviction',
  ],
];

/** Requests to the sandbox's API server. */
export const apiRequests: FuzzTarget<Json> = {
  name: 'api',
  about:
    'requests of any kind to a sandbox: an answer below 500 with a Status, nothing that reads the objects stumbles, the next request is answered',
  form: jsonForm(WORDS),
  seeds: () => API_SEEDS,
  open() {
    const sandbox = new RunningSandbox();
    return { check: (json) => judge(sandbox, json), close: () => sandbox.close() };
  },
};
