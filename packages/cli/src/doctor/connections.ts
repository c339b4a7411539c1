import { type Endpoint, formatAddress } from '@fairlead/discovery';
import { callOnce, createRawClient, HEALTH_CHECK } from '../load/unary.js';
import { type Reach, reach } from './reach.js';
import { type Check, failed, passed } from './report.js';

/** A connection may take so long, and a health check over it, too (ms). */
const DEADLINE_MS = 3_000;
/** Endpoints asked at once: enough to be quick, few enough not to look like an attack. */
const PARALLEL = 20;
/** UNIMPLEMENTED: the pod answers gRPC but has no health service. */
const UNIMPLEMENTED = 12;
/** Endpoints named per cause. */
const SHOWN = 3;

/** What kind of trouble it is, which decides what to do: nobody listens, no answer at all, no way there, another. */
type Kind = 'refused' | 'silent' | 'unreachable' | 'other';

interface Trouble {
  readonly kind: Kind;
  readonly where: string;
  readonly cause: string;
}

/** What the advice needs to know besides the trouble. */
export interface ConnectionSubject {
  readonly endpoints: readonly Endpoint[];
  readonly namespace: string;
  /** The ports that the pods' containers declare, as a message shows them; empty where they are not known. */
  readonly declared: string;
}

/** DEADLINE_EXCEEDED: the connection or the answer did not come. */
const DEADLINE_EXCEEDED = 4;
const SILENCE = `no answer within ${DEADLINE_MS / 1000} s`;

function kindOfReach(outcome: Reach): Kind {
  if (outcome === 'ECONNREFUSED') return 'refused';
  if (outcome === 'EHOSTUNREACH' || outcome === 'ENETUNREACH') return 'unreachable';
  return outcome === 'silent' || outcome === 'ETIMEDOUT' ? 'silent' : 'other';
}

/** grpc-js repeats the address in its text and adds an empty note; what is left is the cause. */
function causeOf(details: string, address: string): string {
  return details
    .replace(/^.*Last error: (?:Error: )?/, '')
    .replace(/\.? *Resolution note:.*$/, '')
    .replaceAll(` ${address}`, '');
}

/** One line per cause, with the first endpoints that have it. */
function groupByCause(troubles: readonly Trouble[]): string {
  const groups = new Map<string, string[]>();
  for (const { where, cause } of troubles) groups.set(cause, [...(groups.get(cause) ?? []), where]);
  return [...groups]
    .map(([cause, places]) => {
      const more = places.length > SHOWN ? ` and ${places.length - SHOWN} more` : '';
      return `${cause} (${places.slice(0, SHOWN).join(', ')}${more})`;
    })
    .join('; ');
}

async function checkOne({ addresses, pod }: Endpoint): Promise<Trouble | null> {
  const { host, port } = addresses[0]!;
  const address = formatAddress(host, port);
  const where = pod ?? address;
  const outcome = await reach(host, port, DEADLINE_MS);
  if (outcome !== 'reached') {
    const kind = kindOfReach(outcome);
    return { kind, where, cause: kind === 'silent' ? SILENCE : `connect ${outcome}` };
  }
  const client = createRawClient(address, { 'grpc.enable_http_proxy': 0 });
  const now = (): number => performance.now();
  try {
    const deadlineMs = Date.now() + DEADLINE_MS;
    const result = await new Promise<{ code: number; details: string }>((resolve) => {
      callOnce({ client, method: HEALTH_CHECK, deadlineMs, scheduledMs: now(), now }, resolve);
    });
    if (result.code === 0 || result.code === UNIMPLEMENTED) return null;
    if (result.code === DEADLINE_EXCEEDED) return { kind: 'silent', where, cause: SILENCE };
    return { kind: 'other', where, cause: causeOf(result.details, address) };
  } finally {
    client.close();
  }
}

function fixOf(kind: Kind, { endpoints, namespace, declared }: ConnectionSubject): string {
  const ports = new Set(endpoints.flatMap(({ addresses }) => addresses.map(({ port }) => port)));
  const [port] = ports;
  switch (kind) {
    case 'refused': {
      const other = declared !== '' && ports.size === 1 && !new RegExp(`\\b${port}\\b`).test(declared);
      const why = `nothing listens on port ${[...ports].join(' or ')} there`;
      return other
        ? `${why}, and the containers declare ${declared}: set targetPort of the Service to the port that the server listens on`
        : `${why}: let the server listen on 0.0.0.0, not on localhost, and look at its logs`;
    }
    case 'silent':
      return `packets are swallowed or the process hangs: look for NetworkPolicies (kubectl get networkpolicies -n ${namespace}) and at the pod’s logs; outside the cluster’s network, run the doctor in a pod`;
    case 'unreachable':
      return 'there is no way from here to the pods’ network: run the doctor in a pod of the cluster';
    case 'other':
      return 'check that the port is the one of the gRPC server, without TLS or with the client’s, and look at the pod’s logs';
  }
}

/** The kind that most have. */
function commonest(troubles: readonly Trouble[]): Kind {
  const counts = new Map<Kind, number>();
  for (const { kind } of troubles) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
}

/** Connects to each endpoint once and asks for its health. */
export async function checkConnections(subject: ConnectionSubject): Promise<Check[]> {
  const { endpoints } = subject;
  const troubles: Trouble[] = [];
  for (let at = 0; at < endpoints.length; at += PARALLEL) {
    const batch = await Promise.all(endpoints.slice(at, at + PARALLEL).map(checkOne));
    troubles.push(...batch.filter((trouble) => trouble !== null));
  }
  if (troubles.length === 0)
    return [passed('connect', `${endpoints.length} of ${endpoints.length} answer gRPC`)];
  const text = `${troubles.length} of ${endpoints.length} do not answer gRPC: ${groupByCause(troubles)}`;
  return [failed('connect', text, fixOf(commonest(troubles), subject))];
}
