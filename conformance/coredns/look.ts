import { createDnsSource, type EndpointSet, parseDnsTarget } from '@fairlead/discovery';
import { type Answer, askAll } from './ask.js';
import type { Question } from './questions.js';

/** How a client of `headless:///` fares with the names of one type. */
export interface Looked {
  readonly type: string;
  readonly asked: number;
  readonly equal: number;
  /** What was found instead, for the first name that differs. */
  readonly first: string;
}

/** Port of names that are looked up by address. */
const PORT = 80;
/** Names looked up at once. */
const PARALLEL = 16;
const SRV_NAME = /^_[a-z]+\._[a-z]+\./i;
const LABELS = /^(?:[a-z0-9_](?:[-a-z0-9_]*[a-z0-9_])?(?:\.|$))+$/i;

/** Names that the grammar of targets can say; the port is in those of SRV records. */
const isLookedUp = ({ name, type }: Question): boolean =>
  LABELS.test(name) && (type === 'SRV' ? SRV_NAME.test(name) : type === 'A' && !name.startsWith('_'));

interface Server {
  readonly binary: string;
  /** `IP:PORT` of CoreDNS. */
  readonly address: string;
}

/** Fields of records, as a foreign codec writes them: owner, TTL, class, type, data. */
const fieldsOf = (records: readonly string[], type: string): string[][] =>
  records.map((record) => record.split(/\s+/)).filter((fields) => fields[3] === type);

/** What the records say, as `ip:port`, IPv4 only: the machine may have no other. */
function expected({ answer, extra }: Answer, type: string): string[] {
  if (type === 'A') return fieldsOf(answer, 'A').map((fields) => `${fields[4]}:${PORT}`);
  const addresses = fieldsOf([...answer, ...extra], 'A');
  return fieldsOf(answer, 'SRV').flatMap((fields) =>
    addresses
      .filter(([owner]) => owner?.toLowerCase() === fields[7]?.toLowerCase())
      .map((address) => `${address[4]}:${fields[6]}`),
  );
}

/** What a client finds. */
function found(name: string, type: string, address: string): Promise<string[]> {
  const source = createDnsSource({ servers: [address] });
  const target = parseDnsTarget(`headless:///${name}.${type === 'SRV' ? '' : `:${PORT}`}`);
  return new Promise((resolve) => {
    const end = (keys: string[]): void => {
      source.close();
      resolve(keys);
    };
    source.watch(target, {
      onSet: ({ endpoints }: EndpointSet) =>
        end(endpoints.flatMap(({ key }) => key.split(',')).filter((key) => !key.startsWith('['))),
      onState: (state) => state.kind === 'unknown' && end([state.cause.message]),
    });
  });
}

const text = (keys: readonly string[]): string => [...new Set(keys)].sort().join(' ');

/** Looks every name up as a client of `headless:///` does, and compares with what the records over TCP say. */
export async function lookUpAll(
  { binary, address }: Server,
  questions: readonly Question[],
): Promise<Looked[]> {
  const names = new Map(
    questions.filter(isLookedUp).map(({ kind, name, type }) => [`${type} ${name}`, { kind, name, type }]),
  );
  const plain = [...names.values()].map((question): Question => ({ ...question, transport: 'tcp' }));
  const answers = await askAll(binary, [address], plain);
  const tallies = new Map<string, { asked: number; equal: number; first: string }>();
  for (let at = 0; at < plain.length; at += PARALLEL) {
    const batch = plain.slice(at, at + PARALLEL).map(async ({ name, type }, offset) => {
      const [answer] = answers[at + offset] ?? [];
      if (answer === undefined || !['NOERROR', 'NXDOMAIN'].includes(answer.rcode)) return;
      const tally = tallies.get(type) ?? { asked: 0, equal: 0, first: '' };
      tallies.set(type, tally);
      const want = text(expected(answer, type));
      const got = text(await found(name, type, address));
      tally.asked++;
      if (want === got) tally.equal++;
      else tally.first ||= `${name}: ${got || 'nothing'} instead of ${want || 'nothing'}`;
    });
    await Promise.all(batch);
  }
  return [...tallies].map(([type, tally]) => ({ type, ...tally }));
}
