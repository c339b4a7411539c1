import { fileURLToPath } from 'node:url';
import {
  createKubeClient,
  type KubeClient,
  type KubeObject,
  loadAccess,
  type ResourceRef,
} from '@fairlead/discovery/kubernetes';
import { startSandbox } from '@fairlead/sandbox';
import { waitFor } from '#commands/wait.js';
import { buildProgram, missingForProgram } from '../go/program.js';
import { seededRandom } from '../go/random.js';
import type { Part, PartContext } from '../part.js';
import { type Answer, askAll } from './ask.js';
import { changeWorld } from './change.js';
import { difference } from './compare.js';
import { lookUpAll } from './look.js';
import { type Question, questionsFor, SELF } from './questions.js';
import { type CoreDns, startCoreDns } from './server.js';
import { randomWorld, type World, ZONE } from './world.js';

const FOLDER = fileURLToPath(new URL('../../coredns/', import.meta.url));
/** Another seed is another world; this one is named so that a difference can be seen again. */
const SEED = Number(process.env.FAIRLEAD_CONFORMANCE_SEED ?? 20_260);
/** Rounds of changes after the first look. */
const CHANGES = 3;
const SYNC_MS = 60_000;

const RESOURCES: Readonly<Record<string, ResourceRef>> = {
  Namespace: { group: '', version: 'v1', resource: 'namespaces' },
  Service: { group: '', version: 'v1', resource: 'services' },
  EndpointSlice: { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' },
};

/** The resource of an object that a part makes. */
function resourceOf({ kind = '' }: KubeObject): ResourceRef {
  const ref = RESOURCES[kind];
  if (!ref) throw new Error(`kind "${kind}": accepted are ${Object.keys(RESOURCES).join(', ')}`);
  return ref;
}

const create = (client: KubeClient, object: KubeObject): Promise<KubeObject> => {
  const { namespace } = object.metadata;
  return client.create(resourceOf(object), object, namespace === undefined ? {} : { namespace });
};

/** The world as the API server has it: with cluster IPs, and with what it brings along itself. */
async function readWorld(client: KubeClient): Promise<World> {
  const read = async (kind: string): Promise<KubeObject[]> => {
    const { items } = await client.list(RESOURCES[kind]!);
    return items.map((item) => ({ ...item, kind }));
  };
  return {
    namespaces: await read('Namespace'),
    services: await read('Service'),
    slices: await read('EndpointSlice'),
  };
}

interface Rig {
  readonly context: PartContext;
  readonly binary: string;
  readonly client: KubeClient;
  readonly coreDns: CoreDns;
  /** Ours first. */
  readonly servers: readonly [string, string];
}

/** Objects whose answers show that a server has read everything before them. */
async function waitForSync({ binary, client, servers, coreDns, context }: Rig, round: number): Promise<void> {
  const name = `marker-${round}`;
  const metadata = { name, namespace: 'default' };
  await create(client, { apiVersion: 'v1', kind: 'Service', metadata, spec: { clusterIP: 'None' } });
  await create(client, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...metadata, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.99.0.1'] }],
    ports: [],
  });
  const question: Question = { kind: 'marker', name: `${name}.default.svc.${ZONE}`, type: 'A' };
  const seen = async (): Promise<boolean> => {
    const [answers = []] = await askAll(binary, servers, [question]);
    return answers.every(({ answer }) => answer.length === 1);
  };
  const { signal } = context;
  await waitFor('both servers answer for a new Service', seen, { timeoutMs: SYNC_MS, signal }).catch(
    (error: Error) => {
      throw new Error(`${error.message}: ${coreDns.tail()}`);
    },
  );
}

interface Tally {
  asked: number;
  equal: number;
  first: string;
}

function judge(tallies: Map<string, Tally>, question: Question, [ours, theirs]: readonly Answer[]): void {
  const key = question.kind === SELF ? SELF : `${question.kind}: ${question.type}`;
  const tally = tallies.get(key) ?? { asked: 0, equal: 0, first: '' };
  tallies.set(key, tally);
  tally.asked++;
  const told = ours && theirs ? difference(ours, theirs) : 'no answers';
  if (told === '') tally.equal++;
  else tally.first ||= `${question.name}: ${told}`;
}

async function compareRound(rig: Rig, round: number, tallies: Map<string, Tally>): Promise<World> {
  await waitForSync(rig, round);
  const world = await readWorld(rig.client);
  const questions = questionsFor(world, seededRandom(SEED + 100 + round));
  const answers = await askAll(rig.binary, rig.servers, questions);
  for (const [index, question] of questions.entries()) judge(tallies, question, answers[index] ?? []);
  rig.context.log(`round ${round + 1}: ${questions.length} questions over ${world.services.length} Services`);
  return world;
}

/** What a client of `headless:///` finds with CoreDNS: cut answers, aliases, ports and absences included. */
async function judgeClient({ binary, coreDns, context }: Rig, world: World): Promise<void> {
  const questions = questionsFor(world, seededRandom(SEED));
  for (const { type, asked, equal, first } of await lookUpAll(
    { binary, address: coreDns.address },
    questions,
  )) {
    const got = `${equal} of ${asked} equal${first ? `; ${first}` : ''}`;
    const name = `a client of headless:/// looks up ${type} records`;
    context.report({ case: name, expected: `${asked} of ${asked} equal`, got, ok: equal === asked });
  }
}

async function judgeAll(rig: Rig): Promise<void> {
  const tallies = new Map<string, Tally>();
  let world = await compareRound(rig, 0, tallies);
  for (let round = 1; round <= CHANGES; round++) {
    rig.context.signal.throwIfAborted();
    await changeWorld(rig.client, world, seededRandom(SEED + round));
    world = await compareRound(rig, round, tallies);
  }
  await judgeClient(rig, world);
  for (const [name, { asked, equal, first }] of tallies) {
    const got = `${equal} of ${asked} equal${first ? `; ${first}` : ''}`;
    rig.context.report({ case: name, expected: `${asked} of ${asked} equal`, got, ok: equal === asked });
  }
}

async function run(context: PartContext): Promise<void> {
  if ((await missingForProgram(FOLDER)).length > 0) throw new Error('Go is missing');
  context.log('CoreDNS: a first build takes about 4 minutes on 2 cores');
  const binary = await buildProgram(FOLDER, context.signal);
  const sandbox = await startSandbox({ port: 0 });
  const client = createKubeClient(loadAccess({ kubeconfig: sandbox.kubeconfig }));
  let coreDns: CoreDns | undefined;
  try {
    const made = randomWorld(seededRandom(SEED));
    for (const object of [...made.namespaces, ...made.services, ...made.slices]) await create(client, object);
    coreDns = await startCoreDns(binary, sandbox.kubeconfig);
    await judgeAll({ context, binary, client, coreDns, servers: [sandbox.dns, coreDns.address] });
  } finally {
    await coreDns?.close();
    client.close();
    await sandbox.close();
  }
}

/** CoreDNS: the cluster DNS of nearly every cluster, beside the sandbox's, on the same objects. */
export const coredns: Part = {
  name: 'coredns',
  about: 'CoreDNS reads the sandbox, and both cluster DNS servers answer the same questions',
  missing: () => missingForProgram(FOLDER),
  run,
};
