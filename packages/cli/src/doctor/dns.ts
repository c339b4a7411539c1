import { Resolver } from 'node:dns/promises';
import { type Check, passed } from './report.js';

/** What the check needs of a DNS client. */
export interface AddressResolver {
  resolve4(name: string): Promise<string[]>;
  resolve6(name: string): Promise<string[]>;
}

/** The machine's resolver: two tries of a second, so that a dead one holds nobody up. */
const machineResolver = (): AddressResolver => new Resolver({ timeout: 1_000, tries: 2 });

/** The Service as DNS should know it. */
export interface DnsSubject {
  /** `serv-ca.nspace.svc.cluster.local` */
  readonly name: string;
  /** Undefined: the Service could not be read. */
  readonly headless: boolean | undefined;
  /** Addresses of the ready pods. */
  readonly ready: readonly string[];
}

async function lookUp(name: string, resolver: AddressResolver): Promise<readonly string[] | string> {
  const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  if (addresses.length > 0) return addresses;
  const [refused] = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
  return String((refused as { code?: string } | undefined)?.code ?? 'ENODATA');
}

function compared(name: string, addresses: readonly string[], { headless, ready }: DnsSubject): string {
  const listed = new Set(addresses);
  if (headless === false)
    return `DNS answers ${name} with ${addresses.join(', ')}: behind that, all calls of a dns:/// connection stay on one pod`;
  const known = ready.filter((address) => listed.has(address)).length;
  if (known === ready.length && listed.size === ready.length)
    return `DNS answers ${name} with the addresses of the ${ready.length} ready pods`;
  return `DNS answers ${name} with ${listed.size} addresses, ${known} of them of the ${ready.length} ready pods: clients of dns:/// do not know them all`;
}

/** Says what DNS tells from here. Clients of `k8s:///` ask no DNS, so that nothing of it is wrong for them. */
export async function checkDns(subject: DnsSubject, resolver = machineResolver()): Promise<Check> {
  const { name } = subject;
  const answer = await lookUp(name, resolver);
  const text =
    typeof answer === 'string'
      ? `DNS does not know ${name} from here (${answer}): dns:/// would fail, k8s:/// does not need it`
      : compared(name, answer, subject);
  return passed('dns', text);
}
