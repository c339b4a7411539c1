import { type Endpoint, formatAddress } from '@fairlead/discovery';
import { callOnce, createRawClient, HEALTH_CHECK } from '../load/unary.js';
import { type Check, failed, passed } from './report.js';

/** One connection and one health check together may take so long. */
const DEADLINE_MS = 3_000;
/** Endpoints asked at once: enough to be quick, few enough not to look like an attack. */
const PARALLEL = 20;
/** UNIMPLEMENTED: the pod answers gRPC but has no health service. */
const UNIMPLEMENTED = 12;
/** Endpoints named per cause. */
const SHOWN = 3;

interface Trouble {
  readonly where: string;
  readonly cause: string;
}

/** grpc-js repeats the address in its text and adds an empty note; what is left is the cause. */
function causeOf(details: string, address: string): string {
  return details
    .replace(/^.*Last error: /, '')
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
  const client = createRawClient(address, { 'grpc.enable_http_proxy': 0 });
  const now = (): number => performance.now();
  try {
    const deadlineMs = Date.now() + DEADLINE_MS;
    const result = await new Promise<{ code: number; details: string }>((resolve) => {
      callOnce({ client, method: HEALTH_CHECK, deadlineMs, scheduledMs: now(), now }, resolve);
    });
    if (result.code === 0 || result.code === UNIMPLEMENTED) return null;
    return { where: pod ?? address, cause: causeOf(result.details, address) };
  } finally {
    client.close();
  }
}

/** Connects to each endpoint once and asks for its health. */
export async function checkConnections(endpoints: readonly Endpoint[]): Promise<Check[]> {
  const troubles: Trouble[] = [];
  for (let at = 0; at < endpoints.length; at += PARALLEL) {
    const batch = await Promise.all(endpoints.slice(at, at + PARALLEL).map(checkOne));
    troubles.push(...batch.filter((trouble) => trouble !== null));
  }
  if (troubles.length === 0)
    return [passed('connect', `${endpoints.length} of ${endpoints.length} answer gRPC`)];
  const text = `${troubles.length} of ${endpoints.length} do not answer gRPC: ${groupByCause(troubles)}`;
  const fix = 'check the pod’s port, its logs, and NetworkPolicies between here and there';
  return [failed('connect', text, fix)];
}
