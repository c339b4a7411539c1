import type { KindInfo } from '../kinds.js';
import { SUBRESOURCES } from '../routes/discovery.js';
import type { Gvk } from './names.js';

/** One thing that a path can be asked, in no version of OpenAPI yet. */
export interface Operation {
  readonly method: 'get' | 'put' | 'post' | 'delete' | 'patch';
  /** Upstream's word for it in `x-kubernetes-action`. */
  readonly action: string;
  readonly id: string;
  /** What is answered, and what is sent with `post` and `put`. */
  readonly gvk: Gvk;
  /** True when the answer is a list of the kind. */
  readonly list: boolean;
  /** Query parameters, all optional. */
  readonly query: readonly string[];
}

/** A path and what it can be asked. */
export interface PathItem {
  readonly path: string;
  /** The parameters in the path: `namespace`, `name`. */
  readonly parameters: readonly string[];
  readonly operations: readonly Operation[];
}

const WRITE = ['dryRun', 'fieldManager', 'fieldValidation'];
const SELECT = [
  'continue',
  'fieldSelector',
  'labelSelector',
  'limit',
  'resourceVersion',
  'resourceVersionMatch',
];
const DELETE = ['dryRun', 'gracePeriodSeconds', 'propagationPolicy'];
const WATCH = ['allowWatchBookmarks', 'sendInitialEvents', 'timeoutSeconds', 'watch'];

interface Verb {
  readonly method: Operation['method'];
  readonly action: string;
  /** The first word of operation ids. */
  readonly word: string;
  readonly query: readonly string[];
}

const VERBS: Readonly<Record<string, Verb>> = {
  get: { method: 'get', action: 'get', word: 'read', query: [] },
  list: { method: 'get', action: 'list', word: 'list', query: [...SELECT, ...WATCH] },
  create: { method: 'post', action: 'post', word: 'create', query: WRITE },
  update: { method: 'put', action: 'put', word: 'replace', query: WRITE },
  patch: { method: 'patch', action: 'patch', word: 'patch', query: [...WRITE, 'force'] },
  delete: { method: 'delete', action: 'delete', word: 'delete', query: DELETE },
  deletecollection: {
    method: 'delete',
    action: 'deletecollection',
    word: 'delete',
    query: [...SELECT, ...DELETE],
  },
};
const COLLECTION_VERBS = ['list', 'create', 'deletecollection'];
const OBJECT_VERBS = ['get', 'update', 'patch', 'delete'];

/** `api/v1`, `apis/apps/v1`: where a group version stands. */
export function groupPath({ group, version }: Pick<Gvk, 'group' | 'version'>): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`;
}

/** Every path of a kind. */
export function pathsOf(kind: KindInfo): readonly PathItem[] {
  const base = `/${groupPath(kind)}`;
  const collection = `${base}${kind.namespaced ? '/namespaces/{namespace}' : ''}/${kind.resource}`;
  const scope = kind.namespaced ? ['namespace'] : [];
  const everywhere = {
    path: `${base}/${kind.resource}`,
    parameters: [],
    operations: operations(kind, ['list'], 'ForAllNamespaces'),
  };
  const items: PathItem[] = [
    ...(kind.namespaced ? [everywhere] : []),
    { path: collection, parameters: scope, operations: operations(kind, COLLECTION_VERBS, '') },
    {
      path: `${collection}/{name}`,
      parameters: [...scope, 'name'],
      operations: operations(kind, OBJECT_VERBS, ''),
    },
    ...kind.subresources.map((name) => ({
      path: `${collection}/{name}/${name}`,
      parameters: [...scope, 'name'],
      operations: subresourceOperations(kind, name),
    })),
  ];
  return items.filter((item) => item.operations.length > 0);
}

function operations(kind: KindInfo, verbs: readonly string[], suffix: string): Operation[] {
  const gvk = { group: kind.group, version: kind.version, kind: kind.kind };
  return verbs
    .filter((verb) => kind.verbs.includes(verb))
    .map((verb) => operation({ verb, kind, gvk, suffix }));
}

function subresourceOperations(kind: KindInfo, name: KindInfo['subresources'][number]): Operation[] {
  const { kind: own, verbs } = SUBRESOURCES[name];
  const gvk = own ?? { group: kind.group, version: kind.version, kind: kind.kind };
  return verbs.map((verb) => operation({ verb, kind, gvk, suffix: capital(name) }));
}

interface Asked {
  readonly verb: string;
  readonly kind: KindInfo;
  readonly gvk: Gvk;
  /** Ends the operation's id. */
  readonly suffix: string;
}

function operation({ verb, kind, gvk, suffix }: Asked): Operation {
  const { method, action, word, query } = VERBS[verb]!;
  const group = kind.group === '' ? 'Core' : capital(kind.group.split('.')[0] ?? '');
  const many = verb === 'deletecollection' ? 'Collection' : '';
  const scope = kind.namespaced && suffix !== 'ForAllNamespaces' ? 'Namespaced' : '';
  const id = `${word}${group}${capital(kind.version)}${many}${scope}${kind.kind}${suffix}`;
  return { method, action, id, gvk, list: verb === 'list', query };
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
