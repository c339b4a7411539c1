import { AUTOSCALING_MESSAGES } from './fields-autoscaling.js';
import { CORE_MESSAGES } from './fields-core.js';
import { GROUP_MESSAGES } from './fields-groups.js';
import { POLICY_MESSAGES } from './fields-policy.js';
import { WORKLOAD_MESSAGES } from './fields-workloads.js';

/**
 * What a value is: a string, a 32-bit or 64-bit integer, a truth value, base64 bytes, a time in whole seconds or in
 * microseconds, a resource quantity, an int-or-string, JSON carried as bytes, or a list of strings under one map key.
 */
export type ScalarType =
  | 'str'
  | 'int'
  | 'long'
  | 'bool'
  | 'bytes'
  | 'time'
  | 'micro'
  | 'qty'
  | 'ios'
  | 'raw'
  | 'extra';

const SCALARS: ReadonlySet<string> = new Set<ScalarType>([
  'str',
  'int',
  'long',
  'bool',
  'bytes',
  'time',
  'micro',
  'qty',
  'ios',
  'raw',
  'extra',
]);

/** One field of a message: its JSON name, its protobuf number and what it holds. */
export interface Field {
  readonly name: string;
  readonly number: number;
  readonly shape: 'one' | 'list' | 'map';
  /** The value's type, or the name of its message. */
  readonly scalar?: ScalarType;
  readonly message?: string;
  /** Strategic merge: the key that identifies a list's items, `''` for a set of scalars, absent when replaced whole. */
  readonly mergeKey?: string;
  /** Server-side apply: the keys that together identify a list's items, none for a set of scalars; absent: atomic. */
  readonly listKeys?: readonly string[];
  /** True for a map that server-side apply replaces whole. */
  readonly atomic?: true;
  /** True when strategic merge drops the keys of the old value that a patch does not name. */
  readonly retainKeys?: true;
  /** The value of a list key that is left out. */
  readonly defaultValue?: string;
  /** True when server-side apply takes it to be there, empty, in any parent: a Go struct and no pointer. */
  readonly implicit: boolean;
  /** True when an object is invalid without it. */
  readonly required: boolean;
  /** True when zero is a value (a Go pointer, or no `omitempty`); else zero means absent. */
  readonly keepsZero: boolean;
  /** True when the message's fields stand in the parent's JSON object. */
  readonly inline: boolean;
}

/** One message of the Kubernetes API. */
export interface Message {
  /** As the tables call it; Kubernetes' own name is `typeName` of it. */
  readonly name: string;
  /** True when server-side apply replaces it whole. */
  readonly atomic: boolean;
  readonly byNumber: ReadonlyMap<number, Field>;
  /** By JSON name; fields of inlined messages included. */
  readonly byName: ReadonlyMap<string, Field>;
}

/** Which kinds may be a whole object, by group. */
const TOP_LEVEL: ReadonlyMap<string, readonly string[]> = new Map([
  [
    '',
    [
      'Pod',
      'Service',
      'Endpoints',
      'Namespace',
      'ServiceAccount',
      'ConfigMap',
      'Secret',
      'Node',
      'Event',
      'Binding',
    ],
  ],
  ['apps', ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'ControllerRevision']],
  ['batch', ['Job', 'CronJob']],
  ['discovery.k8s.io', ['EndpointSlice']],
  ['coordination.k8s.io', ['Lease']],
  ['rbac.authorization.k8s.io', ['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding']],
  ['authentication.k8s.io', ['TokenReview', 'TokenRequest', 'SelfSubjectReview']],
  ['authorization.k8s.io', ['SelfSubjectAccessReview', 'SelfSubjectRulesReview', 'SubjectAccessReview']],
  ['autoscaling', ['Scale']],
  ['policy', ['Eviction', 'PodDisruptionBudget']],
]);

/** Messages of kinds that have several versions, or another than v1. */
const OTHER_VERSIONS: Readonly<Record<string, string>> = {
  'autoscaling/v2/HorizontalPodAutoscaler': 'HorizontalPodAutoscaler',
  'autoscaling/v1/HorizontalPodAutoscaler': 'HorizontalPodAutoscalerV1',
};

const FIELD =
  /^(?<dot>\.?)(?<name>\w*)=(?<number>\d+)(?<shape>[:*%])(?<type>\w+)(?:(?<merge>[@#])(?<keys>[\w,]*))?(?<atomic>~?)(?<retain>\^?)(?:\?(?<value>\w+))?(?<keep>!?\+?)$/;
const SHAPES: Readonly<Record<string, Field['shape']>> = { ':': 'one', '*': 'list', '%': 'map' };

let messages: Map<string, Message> | undefined;

/** The name of a message as Kubernetes has it, without the suffix that tells it from one of another group. */
export function typeName(name: string): string {
  return name.replace(/_.*/, '');
}

/** The message of a whole object, or undefined when this cluster has no such kind. */
export function messageOf(apiVersion: string, kind: string): Message | undefined {
  // Every group registers DeleteOptions under its own version.
  if (kind === 'DeleteOptions') return messageByName('DeleteOptions');
  const slash = apiVersion.lastIndexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  const other = OTHER_VERSIONS[`${apiVersion}/${kind}`];
  if (other !== undefined) return messageByName(other);
  if (apiVersion.slice(slash + 1) !== 'v1') return undefined;
  return TOP_LEVEL.get(group)?.includes(kind) ? messageByName(kind) : undefined;
}

/** The message of that name, as fields refer to it. */
export function messageByName(name: string): Message {
  messages ??= parseMessages(
    CORE_MESSAGES + GROUP_MESSAGES + POLICY_MESSAGES + AUTOSCALING_MESSAGES + WORKLOAD_MESSAGES,
  );
  const message = messages.get(name);
  if (message === undefined) throw new Error(`no message ${name} in the field tables`);
  return message;
}

/**
 * Reads the tables: `Name field=1:type …`, continued on indented lines. `:` one value, `*` a list, `%` a map from
 * string; `.name` an inlined message. How lists merge: `@key` in a strategic merge and in a server-side apply, which
 * may tell items apart by further keys (`@port,protocol`); `#key` in the latter alone; without keys a set. `~` behind a
 * message, a map or a list: server-side apply replaces it whole. `^` retainKeys; `?value` the default of a list key.
 * `!` zero is a value, and a message is there even if empty; `+` required, so zero is a value.
 * Of two messages that have one name in two groups, one has a suffix here (`EndpointPort_core`).
 */
function parseMessages(text: string): Map<string, Message> {
  const byNumber = new Map<string, Field[]>();
  const atomic = new Set<string>();
  for (const line of text.replaceAll('\n  ', ' ').split('\n')) {
    const [head = '', ...fields] = line.split(' ');
    const name = head.replace('~', '');
    if (name === '') continue;
    byNumber.set(name, fields.map(parseField));
    if (head !== name) atomic.add(name);
  }
  const expand = (fields: readonly Field[]): Field[] =>
    fields.flatMap((field) => (field.inline ? expand(byNumber.get(field.message ?? '') ?? []) : [field]));
  return new Map(
    [...byNumber].map(([name, fields]) => [
      name,
      {
        name,
        atomic: atomic.has(name),
        byNumber: new Map(fields.map((field) => [field.number, field])),
        byName: new Map(expand(fields).map((field) => [field.name, field])),
      },
    ]),
  );
}

function parseField(text: string): Field {
  const parts = FIELD.exec(text)?.groups;
  if (!parts) throw new Error(`field table: cannot read ${JSON.stringify(text)}`);
  const { name = '', shape = ':', type = '', keep = '', value } = parts;
  return {
    name,
    number: Number(parts.number),
    shape: SHAPES[shape] ?? 'one',
    ...(SCALARS.has(type) ? { scalar: type as ScalarType } : { message: type }),
    ...listTraits(parts),
    ...(shape === '%' && parts.atomic ? { atomic: true } : {}),
    ...(parts.retain ? { retainKeys: true } : {}),
    ...(value === undefined ? {} : { defaultValue: value }),
    // An int-or-string is a struct in Go: never left out.
    keepsZero: keep !== '' || type === 'ios',
    required: keep.endsWith('+'),
    implicit: SCALARS.has(type) ? false : shape === ':' ? keep.startsWith('!') : keep === '+',
    inline: parts.dot === '.',
  };
}

function listTraits(parts: Record<string, string | undefined>): Pick<Field, 'mergeKey' | 'listKeys'> {
  if (parts.merge === undefined) return {};
  const keys = parts.keys ? parts.keys.split(',') : [];
  return {
    ...(parts.merge === '@' ? { mergeKey: keys[0] ?? '' } : {}),
    ...(parts.atomic ? {} : { listKeys: keys }),
  };
}
