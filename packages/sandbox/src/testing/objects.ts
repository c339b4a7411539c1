import { KINDS } from '../api/kinds/index.js';
import type { KindInfo } from '../api/kinds.js';
import type { ClusterApi } from '../api/store.js';
import { SandboxError } from '../errors.js';
import type { KubeObject } from '../objects.js';
import type { ObjectRef, WaitOptions } from './contract.js';
import { waitUntil } from './wait.js';

/** The kind that kubectl would take the word for. Throws OPTION_INVALID. */
export function kindNamed(word: string): KindInfo {
  const small = word.toLowerCase();
  const found = KINDS.find(({ kind, resource, singular, shortNames }) =>
    [kind.toLowerCase(), resource, singular, ...shortNames].includes(small),
  );
  if (found) return found;
  const served = [...new Set(KINDS.map(({ kind }) => kind))].sort().join(', ');
  throw new SandboxError('OPTION_INVALID', `kind "${word}": accepted are ${served}`);
}

/** `Deployment default/echo` */
const label = ({ kind }: KindInfo, namespace: string | undefined, name: string): string =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;

/** The object of a reference, and how it is called in messages. */
export function find(api: ClusterApi, { kind, name, namespace = 'default' }: ObjectRef) {
  const info = kindNamed(kind);
  const inside = info.namespaced ? namespace : undefined;
  return {
    resource: info.resource,
    label: label(info, inside, name),
    now: (): KubeObject | undefined => api.get(info.resource, inside, name),
  };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** `status.conditions` of an object. */
export const conditionsOf = (object: KubeObject | undefined): readonly Condition[] =>
  (object?.status as { conditions?: readonly Condition[] } | undefined)?.conditions ?? [];

/** Whether a condition of the object is True. */
export const holds = (object: KubeObject | undefined, type: string): boolean =>
  conditionsOf(object).some((condition) => condition.type === type && condition.status === 'True');

/** Longer states are cut in messages. */
const MOST_CHARS = 500;

function stateOf(object: KubeObject | undefined): string {
  if (!object) return 'there is no such object';
  const text = JSON.stringify(object.status ?? {});
  return `its status is ${text.length > MOST_CHARS ? `${text.slice(0, MOST_CHARS)}…` : text}`;
}

/** See `TestSandbox.waitFor`. */
export async function waitForObject(
  api: ClusterApi,
  ref: ObjectRef,
  {
    condition,
    ...options
  }: WaitOptions & { condition: string | ((object: KubeObject | undefined) => unknown) },
): Promise<KubeObject | undefined> {
  const { resource, label: name, now } = find(api, ref);
  const is = typeof condition === 'string' ? (object?: KubeObject) => holds(object, condition) : condition;
  const found = await waitUntil(api, {
    ...options,
    what: `${name}: ${typeof condition === 'string' ? condition : 'what the test waits for'}`,
    resources: [resource],
    check() {
      const object = now();
      return is(object) ? { object } : undefined;
    },
    instead: () => stateOf(now()),
  });
  return found.object;
}
