import type { KubeObject } from '../../objects.js';
import type { Answer } from '../http/answer.js';
import type { ResourceContext } from '../http/context.js';
import { type ListMeta, represent, representationOf, representList } from '../http/representation.js';
import type { KindInfo } from '../kinds.js';
import { badRequest, notFound, tooLargeResourceVersion } from '../refusals.js';
import { ApiStatus } from '../status.js';
import { objectKey } from '../storage/history.js';
import { parseInteger, parseSelection, parseVersionOptions } from './list-options.js';

/** Answers with one object in the form that the request wants. */
export function objectAnswer(context: ResourceContext, kind: KindInfo, object: KubeObject): Answer {
  const scope = { kind, representation: representationOf(context), nowMs: context.services.clock.now() };
  return { code: 200, body: represent(object, scope) };
}

/** GET of one object. */
export function getObject(context: ResourceContext, kind: KindInfo): Answer {
  return objectAnswer(context, kind, existing(context, kind));
}

/** The stored object that the path names; throws 404. */
export function existing({ services, target }: ResourceContext, kind: KindInfo): KubeObject {
  const name = target.name ?? '';
  const object = services.cluster.get(kind.resource, target.namespace, name);
  if (!object) throw notFound(kind, name);
  return object;
}

/** Where the next page of a list starts. */
interface ContinueToken {
  /** The version that all pages show; -1: the newest. */
  readonly version: number;
  /** The key of the last object of the page before. */
  readonly after: string;
}

/** GET of a list. */
export function listObjects(context: ResourceContext, kind: KindInfo): Answer {
  const { services, query, target } = context;
  const representation = representationOf(context);
  const selection = parseSelection(query, kind.resource, target.name);
  const { version, match } = parseVersionOptions(query, false);
  parseInteger(query, 'timeoutSeconds');
  const token = parseContinue(query, version);
  if (version !== undefined && version > services.cluster.resourceVersion) {
    throw tooLargeResourceVersion(version, services.cluster.resourceVersion);
  }
  const shown = token ? token.version : match === 'Exact' ? version! : -1;
  const all = snapshot(context, kind, { shown, token }).filter(selection.matches);
  const rest = token ? all.filter((object) => keyOf(object) > token.after) : all;
  // Upstream serves resourceVersion=0 from its cache, which knows no pages.
  const limit = version === 0 ? undefined : parseInteger(query, 'limit');
  const resourceVersion = shown < 0 ? services.cluster.resourceVersion : shown;
  const page = limit && limit > 0 ? rest.slice(0, limit) : rest;
  const meta = pageMeta(rest, page, { resourceVersion, counted: selection.everything });
  const body = representList(page, meta, { kind, representation, nowMs: services.clock.now() });
  return { code: 200, body };
}

interface Shown {
  readonly shown: number;
  readonly token: ContinueToken | undefined;
}

function snapshot({ services, target }: ResourceContext, kind: KindInfo, { shown, token }: Shown) {
  const namespace = kind.namespaced ? target.namespace : undefined;
  if (shown < 0) return services.cluster.list(kind.resource, namespace);
  try {
    return services.cluster.listAt(kind.resource, namespace, shown);
  } catch (error) {
    if (!token || !(error instanceof ApiStatus) || error.code !== 410) throw error;
    throw expiredContinue(token);
  }
}

function pageMeta(
  rest: readonly KubeObject[],
  page: readonly KubeObject[],
  { resourceVersion, counted }: { resourceVersion: number; counted: boolean },
): ListMeta {
  const last = page.at(-1);
  if (!last || page.length === rest.length) return { resourceVersion: String(resourceVersion) };
  return {
    resourceVersion: String(resourceVersion),
    continue: encodeContinue({ version: resourceVersion, after: keyOf(last) }),
    // How many objects a selector would leave is not known without looking at all of them.
    ...(counted ? { remainingItemCount: rest.length - page.length } : {}),
  };
}

function keyOf(object: KubeObject): string {
  return objectKey(object.metadata.namespace, object.metadata.name);
}

function encodeContinue(token: ContinueToken): string {
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

function parseContinue(query: URLSearchParams, version: number | undefined): ContinueToken | undefined {
  const text = query.get('continue');
  if (!text) return undefined;
  if (version !== undefined && version !== 0) {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  try {
    const value: Partial<ContinueToken> = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (Number.isSafeInteger(value.version) && typeof value.after === 'string') {
      return { version: value.version!, after: value.after };
    }
  } catch {
    // Told below, as for any other text that is not a token.
  }
  throw badRequest(
    'invalid continue token: continue key is not valid: server does not recognize this encoded version ',
  );
}

/** 410 with a token that goes on from the newest state. */
function expiredContinue({ after }: ContinueToken): ApiStatus {
  const message =
    'The provided continue parameter is too old to display a consistent list result. You can start a new list ' +
    'without the continue parameter, or use the continue token in this response to retrieve the remainder of the ' +
    'results. Continuing with the provided token results in an inconsistent list - objects that were created, ' +
    'modified, or deleted between the time the first chunk was returned and now may show up in the list.';
  const metadata = { continue: encodeContinue({ version: -1, after }) };
  return new ApiStatus(410, 'Expired', message, undefined, metadata);
}
