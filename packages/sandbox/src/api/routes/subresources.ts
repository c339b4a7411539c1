import type { KubeObject } from '../../objects.js';
import { TOKEN_ISSUER } from '../auth/account-tokens.js';
import { kubeTime } from '../clock.js';
import type { Answer } from '../http/answer.js';
import { decodeObject } from '../http/body.js';
import type { ResourceContext } from '../http/context.js';
import { represent, representationOf } from '../http/representation.js';
import { AGE, column, NAME } from '../kinds/columns.js';
import { since } from '../kinds/duration.js';
import { conform } from '../kinds/shape.js';
import type { KindInfo, TableSpec } from '../kinds.js';
import { badRequest, conflict, invalid, notFound } from '../refusals.js';
import { at, copyJson } from '../storage/json.js';
import { toScale } from '../storage/subresources.js';
import { existing } from './read.js';
import { sentPatch } from './write.js';
import { parseWriteOptions } from './write-options.js';

const SCALE_TABLE: TableSpec = {
  columns: [NAME, column('Desired', 'integer'), column('Available', 'integer'), AGE],
  cells: (scale, nowMs) => [
    scale.metadata.name,
    Number(at(scale, 'spec', 'replicas')),
    Number(at(scale, 'status', 'replicas')),
    since(scale.metadata.creationTimestamp, nowMs),
  ],
};

function scaleAnswer(context: ResourceContext, scale: KubeObject): Answer {
  const representation = representationOf(context);
  const scope = { kind: { table: SCALE_TABLE }, representation, nowMs: context.services.clock.now() };
  return { code: 200, body: represent(scale, scope) };
}

const SCALE = { group: 'autoscaling', version: 'v1', kind: 'Scale' };
const BINDING = { group: '', version: 'v1', kind: 'Binding' };
const TOKEN_REQUEST = { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' };

/** The body of a request to a subresource that has a kind of its own, in the shape of that kind. */
export async function sentFor(
  context: ResourceContext,
  kind: Pick<KindInfo, 'group' | 'version' | 'kind'>,
): Promise<KubeObject> {
  const sent = decodeObject(await context.body(), context.headers['content-type'], kind);
  conform(kind, sent);
  return sent;
}

/** GET, PUT and PATCH of `…/scale`. */
export async function scale(context: ResourceContext, kind: KindInfo): Promise<Answer> {
  const { services, target, verb } = context;
  if (verb === 'get') return scaleAnswer(context, toScale(existing(context, kind)));
  const { name = '', namespace } = target;
  if (verb === 'update') {
    const { fieldValidation: _, ...write } = parseWriteOptions(context, 'UpdateOptions');
    const sent = await sentFor(context, SCALE);
    const metadata = { ...sent.metadata, name, ...(namespace ? { namespace } : {}) };
    const options = { subresource: 'scale', ...write } as const;
    return scaleAnswer(context, services.cluster.update(kind.resource, { ...sent, metadata }, options));
  }
  const { fieldValidation: _, ...write } = parseWriteOptions(context, 'PatchOptions');
  const patch = await sentPatch(context);
  const next = patch.apply(toScale(existing(context, kind)));
  const options = { subresource: 'scale', ...write } as const;
  return scaleAnswer(context, services.cluster.update(kind.resource, next, options));
}

/** The answer to what leaves nothing to show. */
export const DONE = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };

/** POST of `pods/…/binding`. */
export async function bind(context: ResourceContext, kind: KindInfo): Promise<Answer> {
  const { dryRun } = parseWriteOptions(context, 'CreateOptions');
  const sent = await sentFor(context, BINDING);
  const { name, namespace } = existing(context, kind).metadata;
  const binding = copyJson(sent);
  binding.metadata = { ...binding.metadata, name, ...(namespace ? { namespace } : {}) };
  context.services.cluster.create(kind.resource, binding, { subresource: 'binding', dryRun });
  return { code: 201, body: DONE };
}

/** Upstream's shortest life of a token. */
const MIN_TOKEN_SECONDS = 600;
const MAX_TOKEN_SECONDS = 2 ** 32;

/** POST of `serviceaccounts/…/token` (TokenRequest). */
export async function requestToken(context: ResourceContext, kind: KindInfo): Promise<Answer> {
  const { services } = context;
  const sent = await sentFor(context, TOKEN_REQUEST);
  const account = existing(context, kind);
  const { name, namespace = '' } = account.metadata;
  const expirationSeconds = tokenSeconds(at(sent, 'spec', 'expirationSeconds'));
  const asked = at(sent, 'spec', 'audiences');
  const audiences = Array.isArray(asked) && asked.length > 0 ? asked.map(String) : [TOKEN_ISSUER];
  const reference = at(sent, 'spec', 'boundObjectRef') ?? undefined;
  const pod = reference === undefined ? undefined : boundPod(context, { reference, name, namespace });
  const issued = services.accounts.issue({
    namespace,
    serviceAccount: name,
    audiences,
    expirationSeconds,
    ...(pod ? { pod } : {}),
  });
  if (!issued) throw notFound(kind, name);
  return {
    code: 201,
    body: {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name, namespace, creationTimestamp: kubeTime(services.clock.now()) },
      spec: { audiences, expirationSeconds, boundObjectRef: reference ?? null },
      status: issued,
    },
  };
}

function tokenSeconds(asked: unknown): number {
  const seconds = asked ?? 3600;
  if (typeof seconds !== 'number' || !Number.isInteger(seconds)) {
    throw badRequest(`spec.expirationSeconds: ${JSON.stringify(seconds)} is not a whole number of seconds`);
  }
  const why =
    seconds < MIN_TOKEN_SECONDS
      ? 'may not specify a duration less than 10 minutes'
      : seconds > MAX_TOKEN_SECONDS
        ? 'may not specify a duration larger than 2^32 seconds'
        : undefined;
  if (why === undefined) return seconds;
  throw invalid({ kind: 'TokenRequest', group: 'authentication.k8s.io' }, '', [
    {
      field: 'spec.expirationSeconds',
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${seconds}: ${why}`,
    },
  ]);
}

interface Bound {
  readonly reference: unknown;
  readonly name: string;
  readonly namespace: string;
}

const PODS = { kind: 'Pod', resource: 'pods', group: '' };

function boundPod(
  context: ResourceContext,
  { reference, name, namespace }: Bound,
): { name: string; uid: string } {
  const type = at(reference, 'kind');
  if (type !== 'Pod' || (at(reference, 'apiVersion') ?? 'v1') !== 'v1') {
    throw badRequest(
      `cannot bind token for serviceaccount "${name}" to object of kind "${String(type)}": v1 Pod is accepted`,
    );
  }
  const podName = String(at(reference, 'name') ?? '');
  const pod = context.services.cluster.get('pods', namespace, podName);
  if (!pod?.metadata.uid) throw notFound(PODS, podName);
  const { uid } = pod.metadata;
  const asked = at(reference, 'uid');
  if (asked && asked !== uid) {
    const why =
      `the UID in the bound object reference (${String(asked)}) does not match the UID in record. ` +
      'The object might have been deleted and then recreated';
    throw conflict(PODS, podName, why);
  }
  if ((at(pod, 'spec', 'serviceAccountName') ?? 'default') !== name) {
    throw badRequest(
      `cannot bind token for serviceaccount "${name}" to pod running with different serviceaccount name.`,
    );
  }
  return { name: podName, uid };
}
