import { negotiateDiscovery } from '../http/accept.js';
import type { Answer } from '../http/answer.js';
import type { Context } from '../http/context.js';
import { SERVED_KINDS } from '../kinds/index.js';
import type { KindInfo } from '../kinds.js';
import { METRICS_KINDS } from '../metrics/kinds.js';
import { notServed } from '../refusals.js';
import { apiVersionOf } from '../storage/metadata.js';

interface ResponseKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

interface SubresourceInfo {
  readonly responseKind: ResponseKind;
  readonly verbs: readonly string[];
}

type Subresource = KindInfo['subresources'][number];

/** What a subresource answers with, where that is not the kind itself, and its verbs. */
export const SUBRESOURCES: Readonly<Record<Subresource, { kind?: ResponseKind; verbs: readonly string[] }>> =
  {
    status: { verbs: ['get', 'patch', 'update'] },
    scale: {
      kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
      verbs: ['get', 'patch', 'update'],
    },
    binding: { kind: { group: '', version: 'v1', kind: 'Binding' }, verbs: ['create'] },
    log: { verbs: ['get'] },
    attach: { kind: { group: '', version: 'v1', kind: 'PodAttachOptions' }, verbs: ['create', 'get'] },
    portforward: {
      kind: { group: '', version: 'v1', kind: 'PodPortForwardOptions' },
      verbs: ['create', 'get'],
    },
    // Its kind is PodProxyOptions or ServiceProxyOptions.
    proxy: { verbs: ['create', 'delete', 'get', 'patch', 'update'] },
    exec: { kind: { group: '', version: 'v1', kind: 'PodExecOptions' }, verbs: ['create', 'get'] },
    eviction: { kind: { group: 'policy', version: 'v1', kind: 'Eviction' }, verbs: ['create'] },
    token: {
      kind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
      verbs: ['create'],
    },
  };

function subresource(kind: KindInfo, name: Subresource): SubresourceInfo {
  const { kind: own, verbs } = SUBRESOURCES[name];
  const proxied = name === 'proxy' ? { ...responseKind(kind), kind: `${kind.kind}ProxyOptions` } : undefined;
  return { responseKind: own ?? proxied ?? responseKind(kind), verbs };
}

function responseKind({ group, version, kind }: KindInfo): ResponseKind {
  return { group, version, kind };
}

/** Aggregated APIs come last, as those of any other server. */
const SERVED: readonly KindInfo[] = [...SERVED_KINDS, ...METRICS_KINDS];
const GROUPS = [...new Set(SERVED.map((kind) => kind.group))].filter(Boolean);

/** GET of `/api` and `/apis`: one document of all kinds for clients that know it, else the legacy index. */
export function discoverRoot(context: Context): Answer {
  const groups = context.path === '/api' ? [''] : GROUPS;
  const version = negotiateDiscovery(context.headers.accept);
  if (version) {
    const contentType = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
    return { code: 200, contentType, body: aggregated(groups, version) };
  }
  if (context.path === '/api') return { code: 200, body: coreVersions(context.services.url()) };
  return { code: 200, body: { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(apiGroup) } };
}

/** GET of `/apis/GROUP`. */
export function discoverGroup(group: string): Answer {
  if (!GROUPS.includes(group)) throw notServed();
  return { code: 200, body: { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(group) } };
}

/** GET of `/api/v1` and `/apis/GROUP/VERSION`. */
export function discoverResources(group: string, version: string): Answer {
  const kinds = SERVED.filter((kind) => kind.group === group && kind.version === version);
  const [first] = kinds;
  if (!first) throw notServed();
  const groupVersion = apiVersionOf(first);
  const resources = kinds.flatMap(legacyResources);
  return { code: 200, body: { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources } };
}

function coreVersions(url: string): object {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: new URL(url).host }],
  };
}

function versionsOf(group: string): string[] {
  return [...new Set(SERVED.filter((kind) => kind.group === group).map((kind) => kind.version))];
}

function apiGroup(name: string): object {
  const versions = versionsOf(name).map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions, preferredVersion: versions[0] };
}

function legacyResources(kind: KindInfo): object[] {
  const { resource, singular, namespaced, shortNames, categories } = kind;
  return [
    {
      name: resource,
      singularName: singular,
      namespaced,
      kind: kind.kind,
      verbs: kind.verbs,
      ...(shortNames.length > 0 ? { shortNames } : {}),
      ...(categories ? { categories } : {}),
    },
    ...kind.subresources.map((name) => {
      const { responseKind: answer, verbs } = subresource(kind, name);
      return { name: `${resource}/${name}`, singularName: '', namespaced, ...answer, verbs };
    }),
  ];
}

function aggregated(groups: readonly string[], version: 'v2' | 'v2beta1'): object {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map((group) => ({
      metadata: { ...(group ? { name: group } : {}), creationTimestamp: null },
      versions: versionsOf(group).map((groupVersion) => ({
        version: groupVersion,
        freshness: 'Current',
        resources: SERVED.filter((kind) => kind.group === group && kind.version === groupVersion).map(
          aggregatedResource,
        ),
      })),
    })),
  };
}

function aggregatedResource(kind: KindInfo): object {
  return {
    resource: kind.resource,
    responseKind: responseKind(kind),
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs: kind.verbs,
    ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
    ...(kind.categories ? { categories: kind.categories } : {}),
    ...(kind.subresources.length > 0
      ? {
          subresources: kind.subresources.map((name) => ({
            subresource: name,
            ...subresource(kind, name),
          })),
        }
      : {}),
  };
}
