import { parseFieldSelector } from '../selectors/field-selector.js';

/** What a request is about, as Kubernetes' RequestInfo reads it from method, path and query. */
export interface RequestInfo {
  readonly path: string;
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; for other paths the method. */
  readonly verb: string;
  /** Absent when the path names no resource. */
  readonly resource?: ResourcePath;
}

/** The parts of a resource's path. */
export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
  /** Whether the path goes on after the subresource (`pods/x/proxy/…`). */
  readonly tooLong: boolean;
}

const VERBS: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Reads a request; undefined when the path is not valid percent-encoding. */
export function parseRequest(method: string, path: string, query: URLSearchParams): RequestInfo | undefined {
  const segments = decodeSegments(path);
  if (!segments) return undefined;
  const prefix = resourcePrefix(segments);
  if (!prefix) return { path, verb: method.toLowerCase() };
  const legacyWatch = prefix.rest[0] === 'watch';
  const resource = resourcePath(prefix, legacyWatch ? prefix.rest.slice(1) : prefix.rest);
  const verb = resourceVerb(method, resource, query, legacyWatch);
  const name =
    resource.name ?? (['list', 'watch', 'deletecollection'].includes(verb) ? selectedName(query) : undefined);
  return { path, verb, resource: { ...resource, ...(name === undefined ? {} : { name }) } };
}

function decodeSegments(path: string): string[] | undefined {
  try {
    return path.split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

interface Prefix {
  readonly group: string;
  readonly version: string;
  readonly rest: readonly string[];
}

function resourcePrefix(segments: readonly string[]): Prefix | undefined {
  const [root, first, second] = segments;
  if (root === 'api' && first && segments.length > 2) {
    return { group: '', version: first, rest: segments.slice(2) };
  }
  if (root === 'apis' && first && second && segments.length > 3) {
    return { group: first, version: second, rest: segments.slice(3) };
  }
  return undefined;
}

/** Subresources of a Namespace itself: any other third segment is a resource inside it. */
const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize']);

function resourcePath({ group, version }: Prefix, rest: readonly string[]): ResourcePath {
  const third = rest[2];
  const inNamespace = rest[0] === 'namespaces' && third !== undefined && !NAMESPACE_SUBRESOURCES.has(third);
  const [resource = '', name, subresource, ...more] = inNamespace ? rest.slice(2) : rest;
  // RBAC sees a Namespace as being inside itself.
  const namespace = inNamespace ? rest[1] : resource === 'namespaces' ? name : undefined;
  return {
    group,
    version,
    resource,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
    tooLong: more.length > 0,
  };
}

function resourceVerb(
  method: string,
  path: ResourcePath,
  query: URLSearchParams,
  legacyWatch: boolean,
): string {
  if (legacyWatch && method === 'GET') return 'watch';
  const verb = VERBS[method] ?? method.toLowerCase();
  if (path.name !== undefined) return verb;
  if (verb === 'get') return isTrue(query.get('watch')) ? 'watch' : 'list';
  return verb === 'delete' ? 'deletecollection' : verb;
}

/** Whether a query value says yes, as Go's strconv.ParseBool and an empty value do. */
export function isTrue(value: string | null): boolean {
  return value !== null && ['', '1', 't', 'T', 'true', 'TRUE', 'True'].includes(value);
}

/** A list or watch of one name counts as access to that name. */
function selectedName(query: URLSearchParams): string | undefined {
  const text = query.get('fieldSelector');
  if (!text) return undefined;
  try {
    return parseFieldSelector(text).requirements.find(
      ({ field, equal }) => field === 'metadata.name' && equal,
    )?.value;
  } catch {
    return undefined;
  }
}
