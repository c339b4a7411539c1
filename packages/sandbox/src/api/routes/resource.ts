import type { Answer, StreamingAnswer, TunnelAnswer } from '../http/answer.js';
import type { ResourceContext } from '../http/context.js';
import type { ResourcePath } from '../http/request-info.js';
import { SERVED_KINDS } from '../kinds/index.js';
import type { KindInfo } from '../kinds.js';
import { METRICS_KINDS } from '../metrics/kinds.js';
import { methodNotAllowed, notServed } from '../refusals.js';
import type { EventEncoder } from '../watch/event-encoder.js';
import { evict } from './eviction.js';
import { podLog } from './log.js';
import { isMetrics, resourceMetrics } from './metrics.js';
import { proxy } from './proxy.js';
import { getObject, listObjects } from './read.js';
import { isReview, review } from './reviews.js';
import { podStreams } from './streams.js';
import { bind, requestToken, scale } from './subresources.js';
import { watchObjects } from './watch.js';
import { createObject, deleteCollection, deleteObject, patchObject, updateObject } from './write.js';

type AnyAnswer = Answer | StreamingAnswer | TunnelAnswer;
type Result = AnyAnswer | Promise<AnyAnswer>;

/** Answers a request for a resource. */
export function resourceAnswer(context: ResourceContext, encoder: EventEncoder): Result {
  const { target, verb } = context;
  const kind = kindOf(target);
  if (!kind || (target.tooLong && target.subresource !== 'proxy')) throw notServed();
  if (target.subresource !== undefined) return subresourceAnswer(context, kind, target.subresource);
  if (isReview(kind)) {
    if (verb !== 'create' || target.name !== undefined) throw methodNotAllowed();
    return review(context, kind);
  }
  checkScope(context, kind);
  if (isMetrics(kind)) return resourceMetrics(context, kind);
  return plainAnswer(context, kind, encoder);
}

function kindOf(target: ResourcePath): KindInfo | undefined {
  return [...SERVED_KINDS, ...METRICS_KINDS].find(
    ({ group, version, resource }) =>
      group === target.group && version === target.version && resource === target.resource,
  );
}

/** The warning that goes with every answer about a deprecated kind, refusals included. */
export function deprecationOf(target: ResourcePath): string[] {
  const deprecation = kindOf(target)?.deprecation;
  return deprecation === undefined ? [] : [deprecation];
}

/** Refuses what the path does not fit: objects of a namespace without one, and the other way round. */
function checkScope({ target, verb, path }: ResourceContext, kind: KindInfo): void {
  const inNamespace = /^\/apis?\/.*\/namespaces\/[^/]+\/[^/]/.test(path);
  if (!kind.namespaced && inNamespace) throw notServed();
  if (kind.namespaced && target.namespace === undefined && verb !== 'list' && verb !== 'watch') {
    throw target.name === undefined ? methodNotAllowed() : notServed();
  }
}

/** Verbs that are about one object: upstream serves them on no collection. */
const NAMED_VERBS = new Set(['update', 'patch']);

function plainAnswer(context: ResourceContext, kind: KindInfo, encoder: EventEncoder): Result {
  const { verb } = context;
  const named = context.target.name !== undefined;
  if (!kind.verbs.includes(verb) || (verb === 'create' && named) || (NAMED_VERBS.has(verb) && !named)) {
    throw methodNotAllowed();
  }
  switch (verb) {
    case 'get':
      return getObject(context, kind);
    case 'list':
      return listObjects(context, kind);
    case 'watch':
      return watchObjects(context, kind, encoder);
    case 'create':
      return createObject(context, kind);
    case 'update':
      return updateObject(context, kind);
    case 'patch':
      return patchObject(context, kind);
    case 'delete':
      return deleteObject(context, kind);
    case 'deletecollection':
      return deleteCollection(context, kind);
    default:
      throw methodNotAllowed();
  }
}

interface SubresourceRoute {
  readonly verbs: readonly string[];
  answer(context: ResourceContext, kind: KindInfo): Result;
}

const ROUTES: Readonly<Record<string, SubresourceRoute>> = {
  status: { verbs: ['get', 'update', 'patch'], answer: status },
  scale: { verbs: ['get', 'update', 'patch'], answer: scale },
  binding: { verbs: ['create'], answer: bind },
  eviction: { verbs: ['create'], answer: evict },
  token: { verbs: ['create'], answer: requestToken },
  log: { verbs: ['get'], answer: podLog },
  exec: { verbs: ['create', 'get'], answer: podStreams },
  attach: { verbs: ['create', 'get'], answer: podStreams },
  portforward: { verbs: ['create', 'get'], answer: podStreams },
  proxy: { verbs: ['create', 'delete', 'get', 'patch', 'update'], answer: proxy },
};

const FINALIZE: SubresourceRoute = {
  verbs: ['update'],
  answer: (context, kind) => updateObject(context, kind, 'finalize'),
};

function subresourceAnswer(context: ResourceContext, kind: KindInfo, name: string): Result {
  const isFinalize = kind.resource === 'namespaces' && name === 'finalize';
  const served = kind.subresources.find((known) => known === name);
  const route = isFinalize ? FINALIZE : served && ROUTES[served];
  if (!route) throw notServed();
  if (!route.verbs.includes(context.verb)) throw methodNotAllowed();
  return route.answer(context, kind);
}

function status(context: ResourceContext, kind: KindInfo): Result {
  if (context.verb === 'get') return getObject(context, kind);
  return context.verb === 'update'
    ? updateObject(context, kind, 'status')
    : patchObject(context, kind, 'status');
}
