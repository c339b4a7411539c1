import { seededRandom } from '#commands/random.js';
import type { Benchmark } from '../benchmark.js';
import { firstResponse } from '../control-plane/first-response.js';
import { type Clients, startClients, startFloor, startServer } from '../control-plane/start.js';
import { RESOURCE_TYPES } from '../control-plane/wire.js';
import { type Contestant, interleave, perRound, ratio } from '../interleave.js';
import { MEMORY_ARGUMENTS, MEMORY_ENVIRONMENT, type Memory } from '../process-memory.js';
import { createRow, type Row } from '../rows.js';

const SERVICE = 'serv';
const ENDPOINTS = 100;
/** They load and compile what is needed for any. */
const FIRST_CLIENTS = 100;
const FIRST_CHANGES = 60;
const CLIENTS = 1000;
/** So that each has what a client has that is there for longer. */
const CHANGES = 3;
const ROUNDS = 7;
const GOAL = 1.3;
const KILOBYTE = 1024;
const OPTIONS = { execArgv: MEMORY_ARGUMENTS, env: MEMORY_ENVIRONMENT };

/** What clients connect to. */
interface Subject {
  readonly port: number;
  /** So many changes, each accepted by all clients. */
  change(changes: number, clients: readonly Clients[]): Promise<void>;
  memory(): Promise<Memory>;
  end(): Promise<void>;
}

type Types = typeof RESOURCE_TYPES;

async function openPlane(): Promise<Subject> {
  const { server, port } = await startServer({ port: 0, endpoints: ENDPOINTS, mergeMs: 0 }, OPTIONS);
  return {
    port,
    async change(changes, clients) {
      const count = clients.length === 1 ? FIRST_CLIENTS : FIRST_CLIENTS + CLIENTS;
      await server.ask('cost', { service: SERVICE, changes, clients: count });
      // What was counted is not part of a client.
      await server.ask('facts', null);
    },
    memory: () => server.ask('memory', null),
    end: () => server.end(),
  };
}

async function openFloor(response: string): Promise<Subject> {
  const { server, port } = await startFloor({ response }, OPTIONS);
  const taken = new Map<Clients, number>();
  return {
    port,
    async change(changes, clients) {
      for (let n = 0; n < changes; n++) {
        await server.ask('push', null);
        for (const each of clients) {
          const count = each === clients[0] ? FIRST_CLIENTS : CLIENTS;
          taken.set(each, (taken.get(each) ?? count) + count);
          await each.ask('taken', { resources: taken.get(each) ?? 0 });
        }
      }
    },
    memory: () => server.ask('memory', null),
    end: () => server.end(),
  };
}

/** What the memory of the process grew by for each client. */
async function measure(subject: Subject, types: Types): Promise<Memory> {
  const open = (count: number): Promise<Clients> => {
    const groups = [{ clients: count, protocol: 'sotw' as const, services: [SERVICE] }];
    return startClients({ port: subject.port, groups, types });
  };
  const clients: Clients[] = [];
  try {
    clients.push(await open(FIRST_CLIENTS));
    await subject.change(FIRST_CHANGES, clients);
    const before = await subject.memory();
    clients.push(await open(CLIENTS));
    await subject.change(CHANGES, clients);
    const after = await subject.memory();
    return {
      heapBytes: (after.heapBytes - before.heapBytes) / CLIENTS,
      rssBytes: (after.rssBytes - before.rssBytes) / CLIENTS,
    };
  } finally {
    for (const each of clients) await each.end();
    await subject.end();
  }
}

/** The response that the floor writes. */
async function endpointsResponse(): Promise<string> {
  const { server, port } = await startServer({ port: 0, endpoints: ENDPOINTS });
  try {
    return (await firstResponse(port, SERVICE)).toString('base64');
  } finally {
    await server.end();
  }
}

type Name = 'subject' | 'again' | 'floor' | 'floorAgain' | 'part';
type Figures = Readonly<Record<Name, readonly number[]>>;

function rowsOf(what: string, { subject, again, floor, floorAgain, part }: Figures): Row[] {
  const common = { n: CLIENTS, unit: 'kB' };
  const ratios = [...perRound(ratio, subject, floor), ...perRound(ratio, again, floorAgain)];
  return [
    createRow({ ...common, id: `memory-xds/fairlead, ${what}`, subject, again, ratios, goal: GOAL }),
    createRow({
      ...common,
      id: `memory-xds/fairlead, endpoints only, ${what}`,
      subject: part,
      ratios: perRound(ratio, part, floor),
    }),
    createRow({ ...common, id: `memory-xds/floor, ${what}`, subject: floor, again: floorAgain }),
  ];
}

/** What a control plane keeps in memory for each of its clients. */
export const memoryXds: Benchmark = {
  name: 'memory-xds',
  about: `memory of a control plane for each of ${CLIENTS} clients ÷ a connection of node:http2 with one stream`,
  async run({ progress }): Promise<Row[]> {
    const response = await endpointsResponse();
    const resident: Record<Name, number[]> = { subject: [], again: [], floor: [], floorAgain: [], part: [] };
    const contestant =
      (name: Name, open: () => Promise<Subject>, types: Types): Contestant =>
      async () => {
        const { heapBytes, rssBytes } = await measure(await open(), types);
        resident[name].push(rssBytes / KILOBYTE);
        return heapBytes / KILOBYTE;
      };
    const plane = (name: Name, types = RESOURCE_TYPES): Contestant => contestant(name, openPlane, types);
    const floor = (name: Name): Contestant => contestant(name, () => openFloor(response), ['endpoints']);
    const heap = await interleave(
      {
        subject: plane('subject'),
        again: plane('again'),
        part: plane('part', ['endpoints']),
        floor: floor('floor'),
        floorAgain: floor('floorAgain'),
      },
      {
        rounds: ROUNDS,
        warmupRounds: 0,
        random: seededRandom(CLIENTS),
        onRound: (round) => progress(`round ${round} of ${ROUNDS}`),
      },
    );
    return [...rowsOf('heap', heap), ...rowsOf('resident', resident)];
  },
};
