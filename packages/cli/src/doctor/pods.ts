import type { KubeClient, KubeObject, ResourceRef } from '@fairlead/discovery/kubernetes';

const PODS: ResourceRef = { group: '', version: 'v1', resource: 'pods' };
const EVENTS: ResourceRef = { group: '', version: 'v1', resource: 'events' };
/** Pods (and Events) looked at: a report names three. */
const LIMIT = 500;
/** Of what a pod says of itself (characters). */
const SHOWN_CHARS = 200;

interface ContainerPort {
  readonly name?: string;
  readonly containerPort: number;
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
}

interface PodObject extends KubeObject {
  readonly spec?: {
    readonly containers?: readonly { readonly ports?: readonly ContainerPort[] }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly {
      readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
    }[];
  };
}

interface EventObject extends KubeObject {
  readonly involvedObject?: { readonly name?: string };
  readonly message?: string;
  readonly lastTimestamp?: string | null;
}

/** A pod that the Service's selector matches. */
export interface SeenPod {
  readonly name: string;
  readonly ready: boolean;
  /** Why it is not ready, as far as the cluster says; undefined when it is. */
  readonly trouble: string | undefined;
  /** Ports that its containers declare. */
  readonly ports: readonly ContainerPort[];
}

/** Which pods: those that a Service selects. */
export interface PodQuery {
  readonly namespace: string;
  readonly selector: Readonly<Record<string, string>>;
}

function firstLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > SHOWN_CHARS ? `${line.slice(0, SHOWN_CHARS)}…` : line;
}

/** What holds a pod back: a container that does not run, else its last failed probe, else its conditions. */
function troubleOf({ status = {} }: PodObject, unhealthy: string | undefined): string {
  const { phase = 'Pending', conditions = [], containerStatuses = [] } = status;
  const waiting = containerStatuses.map(({ state }) => state?.waiting).find((each) => each !== undefined);
  const said = [waiting?.reason, waiting?.message].filter((part) => part !== undefined).join(': ');
  if (said !== '') return firstLine(said);
  if (unhealthy !== undefined) return firstLine(unhealthy);
  const unmet = conditions.find(({ status: met, message }) => met === 'False' && message !== undefined);
  return firstLine(unmet?.message ?? phase);
}

/** The last failed probe of each pod, by its Event; none where Events may not be read. */
async function lastUnhealthy(
  client: Pick<KubeClient, 'list'>,
  namespace: string,
): Promise<Map<string, string>> {
  const query = { fieldSelector: 'involvedObject.kind=Pod,reason=Unhealthy', limit: LIMIT };
  const { items } = await client
    .list<EventObject>(EVENTS, { namespace, query })
    .catch(() => ({ items: [] as EventObject[] }));
  const inOrder = [...items].sort((a, b) => ((a.lastTimestamp ?? '') < (b.lastTimestamp ?? '') ? -1 : 1));
  return new Map(inOrder.map((event) => [event.involvedObject?.name ?? '', event.message ?? '']));
}

/** Looks at the pods that a selector matches; undefined where they may not be listed. */
export async function lookAtPods(
  client: Pick<KubeClient, 'list'>,
  { namespace, selector }: PodQuery,
): Promise<readonly SeenPod[] | undefined> {
  const labelSelector = Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const listed = await client
    .list<PodObject>(PODS, { namespace, query: { labelSelector, limit: LIMIT } })
    .catch(() => undefined);
  if (listed === undefined) return undefined;
  const isReady = ({ status }: PodObject): boolean =>
    status?.conditions?.some(({ type, status: met }) => type === 'Ready' && met === 'True') === true;
  const unhealthy = listed.items.every(isReady) ? new Map() : await lastUnhealthy(client, namespace);
  return listed.items.map((pod) => {
    const name = pod.metadata.name ?? '';
    const ready = isReady(pod);
    return {
      name,
      ready,
      trouble: ready ? undefined : troubleOf(pod, unhealthy.get(name)),
      ports: pod.spec?.containers?.flatMap(({ ports = [] }) => ports) ?? [],
    };
  });
}

/** The ports that the containers declare, each once: `8088 (grpc), 9090`. */
export function listPorts(pods: readonly SeenPod[]): string {
  const shown = pods.flatMap(({ ports }) =>
    ports.map(({ name, containerPort }) => (name ? `${containerPort} (${name})` : `${containerPort}`)),
  );
  return [...new Set(shown)].join(', ');
}
