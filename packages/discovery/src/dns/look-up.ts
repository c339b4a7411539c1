import { type Address, type Endpoint, formatAddress } from '../endpoint.js';
import { DiscoveryError } from '../errors.js';
import { type Absent, type Finding, readChain } from './chain.js';
import type { AddressRecord, DnsRecord, Question, Reply, ServiceRecord } from './message.js';
import { expandName, type ResolverConfig } from './resolver-config.js';
import type { DnsTarget } from './target.js';

/** What one look at a target found. */
export type Look =
  | {
      readonly kind: 'found';
      readonly endpoints: readonly Endpoint[];
      readonly ttlSeconds: number;
      /** The absolute name that has them. */
      readonly name: string;
    }
  | {
      readonly kind: 'absent';
      readonly what: Exclude<Absent, 'REFUSED'>;
      readonly ttlSeconds?: number;
      /** All names that were asked for. */
      readonly names: readonly string[];
    };

/** What one name has. */
type Found = Extract<Look, { kind: 'found' }>;
type Absence = Extract<Finding, { kind: 'absent' }>;

type AddressType = 'A' | 'AAAA';

export interface LookUpOptions {
  readonly target: DnsTarget;
  readonly config: ResolverConfig;
  /** Asks one question; rejects with `DNS`. */
  readonly ask: (question: Question, config: ResolverConfig) => Promise<Reply>;
  /** Families that this machine can reach; at least one. */
  readonly families: readonly AddressType[];
}

/** SRV targets that are looked up and used; a larger answer is cut, sorted by name. */
const MAX_TARGETS = 1_000;
/** Lookups at once, for SRV targets whose addresses did not come along. */
const PARALLEL = 8;

/** One target's looks; knows the name that answered last, so that a search list is not gone through each time. */
export class LookUp {
  #known: string | undefined;
  /** The last good addresses per family of the name that is known. */
  #families = new Map<AddressType, readonly AddressRecord[]>();

  /** Rejects with `DNS` when the servers fail; a name that is not there is a result. */
  async look(options: LookUpOptions): Promise<Look> {
    const known = this.#known;
    const names = expandName(options.target.name, options.config);
    if (known !== undefined && names.includes(known)) {
      const look = await this.#lookAt(known, options);
      if (look.kind === 'found') return look;
    }
    let failure: unknown;
    let absent: Absence | undefined;
    for (const name of names) {
      try {
        const look = await this.#lookAt(name, options);
        if (look.kind === 'found') return look;
        // Most servers of a cluster refuse or do not know what is outside: what they said of its own names counts.
        if (look.what !== 'REFUSED' || absent === undefined) absent = look;
      } catch (error) {
        failure ??= error;
      }
    }
    // That a later name is not there says nothing of one whose servers failed.
    if (failure !== undefined) throw failure;
    const what = absent?.what ?? 'NXDOMAIN';
    if (what === 'REFUSED')
      throw new DiscoveryError('DNS', `all DNS servers refuse to answer ${names.join(', ')}`);
    return { ...absent, kind: 'absent', what, names };
  }

  async #lookAt(name: string, options: LookUpOptions): Promise<Found | Absence> {
    if (name !== this.#known) this.#families = new Map();
    const { port } = options.target;
    const look = port === null ? await services(name, options) : await this.#addresses(name, port, options);
    this.#known = look.kind === 'found' ? name : undefined;
    return look;
  }

  /** Both families at once; of one that fails the last good addresses stay while the other answers. */
  async #addresses(name: string, port: number, options: LookUpOptions): Promise<Found | Absence> {
    const answers = await Promise.allSettled(
      options.families.map(async (type) => ({ type, finding: await ask({ name, type }, options) })),
    );
    const good = answers.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const failed = answers.find((each) => each.status === 'rejected');
    if (failed !== undefined && good.every(({ finding }) => finding.kind === 'absent')) throw failed.reason;
    for (const { type, finding } of good) this.#families.set(type, addressesOf(finding));
    const records = options.families.flatMap((type) => this.#families.get(type) ?? []);
    if (records.length === 0) return absence(good.map(({ finding }) => finding));
    const ttls = good.flatMap(({ finding }) => (finding.kind === 'found' ? [finding.ttlSeconds] : []));
    const endpoints = records.map(({ address }) => endpointOf([{ host: address, port }], { slice: name }));
    return { kind: 'found', endpoints: sorted(endpoints), ttlSeconds: Math.min(...ttls), name };
  }
}

async function ask(question: Question, options: LookUpOptions): Promise<Finding> {
  const reply = await options.ask(question, options.config);
  try {
    return readChain(reply, question);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new DiscoveryError('DNS', `DNS answered ${question.type} ${question.name}: ${message}`, { cause });
  }
}

const isAddress = (record: DnsRecord): record is AddressRecord => 'address' in record;

const addressesOf = (finding: Finding): readonly AddressRecord[] =>
  finding.kind === 'found' ? finding.records.filter(isAddress) : [];

/** A name that has one family is there, whatever is said of the other. */
function absence(findings: readonly Finding[]): Absence {
  const absent = findings.filter((finding) => finding.kind === 'absent');
  const ttls = absent.flatMap(({ ttlSeconds }) => (ttlSeconds === undefined ? [] : [ttlSeconds]));
  const order: readonly Absent[] = ['NODATA', 'NXDOMAIN', 'REFUSED'];
  const what = order.find((each) => absent.some((finding) => finding.what === each)) ?? 'NODATA';
  return { kind: 'absent', what, ...(ttls.length === 0 ? {} : { ttlSeconds: Math.min(...ttls) }) };
}

/** An endpoint that DNS names: what is in DNS is ready. */
function endpointOf(
  addresses: readonly Address[],
  more: Pick<Endpoint, 'slice'> & Partial<Endpoint>,
): Endpoint {
  const keyed = addresses.map((address) => ({ address, key: formatAddress(address.host, address.port) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : 1));
  return {
    key: keyed.map(({ key }) => key).join(','),
    addresses: keyed.map(({ address }) => address),
    ready: true,
    serving: true,
    terminating: false,
    ...more,
  };
}

/** By key, each once. */
function sorted(endpoints: readonly Endpoint[]): Endpoint[] {
  const byKey = new Map<string, Endpoint>();
  for (const endpoint of endpoints) if (!byKey.has(endpoint.key)) byKey.set(endpoint.key, endpoint);
  return [...byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** RFC 2782: only the records of the lowest priority; the next are for when none of these can be reached. */
function preferred(records: readonly ServiceRecord[]): readonly ServiceRecord[] {
  const lowest = Math.min(...records.map(({ priority }) => priority));
  const best = records.filter(
    ({ priority, target, port }) => priority === lowest && target !== '' && port > 0,
  );
  return [...best].sort((a, b) => (a.target < b.target ? -1 : 1)).slice(0, MAX_TARGETS);
}

/** The addresses of SRV targets: those that came along, and a lookup for each target without. */
async function addressesOfTargets(
  targets: ReadonlySet<string>,
  reply: Reply,
  options: LookUpOptions,
): Promise<ReadonlyMap<string, readonly AddressRecord[]>> {
  const known = new Map<string, AddressRecord[]>();
  for (const record of reply.additionals) {
    if (!isAddress(record) || !targets.has(record.name)) continue;
    if (!options.families.includes(record.type)) continue;
    known.set(record.name, [...(known.get(record.name) ?? []), record]);
  }
  const missing = [...targets].filter((target) => !known.has(target));
  for (let at = 0; at < missing.length; at += PARALLEL) {
    const batch = missing.slice(at, at + PARALLEL).flatMap((name) =>
      options.families.map(async (type) => {
        const records = addressesOf(await ask({ name, type }, options));
        known.set(name, [...(known.get(name) ?? []), ...records]);
      }),
    );
    await Promise.all(batch);
  }
  return known;
}

/**
 * The name of a pod in the target of an SRV record: the label before the Service's own name, unless it is made of
 * the address, as of pods without a hostname.
 */
function podOf(target: string, name: string, addresses: readonly Address[]): string | undefined {
  const [label = '', ...rest] = target.split('.');
  const service = name.split('.').slice(2).join('.');
  if (rest.join('.') !== service.toLowerCase()) return undefined;
  const ofAddress = addresses.some(({ host }) => host.replace(/[.:]/g, '-') === label);
  return ofAddress || /^[0-9a-f]+$/.test(label) ? undefined : label;
}

async function services(name: string, options: LookUpOptions): Promise<Found | Absence> {
  const question: Question = { name, type: 'SRV' };
  const reply = await options.ask(question, options.config);
  const finding = await ask(question, { ...options, ask: () => Promise.resolve(reply) });
  if (finding.kind === 'absent') return finding;
  const { hostname } = options.target;
  const meant = (target: string): boolean => hostname === undefined || target.startsWith(`${hostname}.`);
  const records = preferred(
    finding.records.filter((record) => record.type === 'SRV').filter(({ target }) => meant(target)),
  );
  const targets = new Set(records.map(({ target }) => target));
  const addresses = await addressesOfTargets(targets, reply, options);
  const used = [...addresses.values()].flat();
  if (used.length === 0) return { kind: 'absent', what: 'NODATA' };
  const ttlSeconds = Math.min(finding.ttlSeconds, ...used.map((record) => record.ttlSeconds));
  // Weights that are all the same say nothing, and those of CoreDNS change with the number of pods.
  const weighted = new Set(records.map(({ weight }) => weight)).size > 1;
  const endpoints = records.flatMap(({ target, port, weight }) => {
    const own = (addresses.get(target) ?? []).map(({ address }) => ({ host: address, port }));
    if (own.length === 0) return [];
    const pod = podOf(target, name, own);
    return [
      endpointOf(own, {
        slice: name,
        ...(pod === undefined ? {} : { pod, hostname: pod }),
        ...(weighted ? { weight: Math.max(1, weight) } : {}),
      }),
    ];
  });
  return { kind: 'found', endpoints: sorted(endpoints), ttlSeconds, name };
}
