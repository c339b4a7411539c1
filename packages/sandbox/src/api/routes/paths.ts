import { KUBERNETES_MINOR, KUBERNETES_VERSION } from '../../kubernetes-version.js';
import type { Answer } from '../http/answer.js';
import type { Context } from '../http/context.js';
import { OPENAPI_V2_PROTOBUF, openapiV2Json, openapiV2Protobuf } from '../openapi/version-2.js';
import { openapiGroup, openapiIndex } from '../openapi/version-3.js';
import { methodNotAllowed, notServed } from '../refusals.js';
import { discoverGroup, discoverResources, discoverRoot } from './discovery.js';

/** Paths that anyone may ask, without credentials, as with upstream. */
export function isHealthPath(path: string): boolean {
  return /^\/(healthz|livez|readyz)(\/|$)/.test(path);
}

/** Answers whether this server is up. */
export function health(): Answer {
  return { code: 200, body: 'ok' };
}

/** Answers every path that is no resource: discovery, OpenAPI, version. */
export function pathAnswer(context: Context): Answer {
  const path = context.path.replace(/\/+$/, '');
  if (!isServed(path)) throw notServed();
  if (context.method !== 'GET') throw methodNotAllowed();
  const [root, first, second] = path.split('/').slice(1);
  if (path === '/version') return version();
  if (path === '/openapi/v2') return openapiV2(context);
  if (root === 'openapi') return openapiV3(path, context.query);
  if (path === '/api' || path === '/apis') return discoverRoot({ ...context, path });
  if (root === 'api') return discoverResources('', first ?? '');
  return second ? discoverResources(first ?? '', second) : discoverGroup(first ?? '');
}

function isServed(path: string): boolean {
  return /^\/(version|openapi\/v2|openapi\/v3(\/.*)?|api(\/[^/]+)?|apis(\/[^/]+){0,2})$/.test(path);
}

function openapiV2({ headers }: Context): Answer {
  if (!/proto-openapi\.spec\.v2/.test(headers.accept ?? '')) return { code: 200, body: openapiV2Json() };
  return { code: 200, body: openapiV2Protobuf(), contentType: OPENAPI_V2_PROTOBUF };
}

/** What stands at an address with the right hash never changes. */
const IMMUTABLE = 'public, immutable';

/** `/openapi/v3`, `/openapi/v3/api/VERSION`, `/openapi/v3/apis/GROUP/VERSION`. */
function openapiV3(path: string, query: URLSearchParams): Answer {
  if (path === '/openapi/v3') return { code: 200, body: openapiIndex() };
  const document = openapiGroup(path.slice('/openapi/v3/'.length));
  if (!document) throw notServed();
  const { body, hash } = document;
  const cached = query.get('hash') === hash ? { cacheControl: IMMUTABLE } : {};
  return { code: 200, body, contentType: 'application/json', ...cached };
}

/** Upstream's one answer in JSON that is laid out for people. */
function version(): Answer {
  const info = {
    major: '1',
    minor: String(KUBERNETES_MINOR),
    emulationMajor: '1',
    emulationMinor: String(KUBERNETES_MINOR),
    minCompatibilityMajor: '1',
    minCompatibilityMinor: String(KUBERNETES_MINOR - 1),
    gitVersion: KUBERNETES_VERSION,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: 'node',
    platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
  };
  return { code: 200, body: JSON.stringify(info, null, 2), contentType: 'application/json' };
}
