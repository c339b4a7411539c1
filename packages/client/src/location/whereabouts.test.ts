import type { Endpoint } from '@fairlead/discovery';
import { KubeError, type KubeObject } from '@fairlead/discovery/kubernetes';
import { beforeEach, expect, it } from 'vitest';
import { createTroubleLog } from '../log.js';
import type { ProcessLocation } from './location.js';
import { Whereabouts } from './whereabouts.js';

const lines: string[] = [];
const timers: (() => void)[] = [];
const note = (level: string) => (msg: string, fields?: object) =>
  void lines.push(`${level}: ${msg} ${JSON.stringify(fields)}`);
const log = createTroubleLog(
  { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') },
  () => 0,
);
const clock = {
  now: () => 0,
  setTimeout: (fn: () => void) => {
    timers.push(fn);
    return { cancel: () => {}, unref: () => {} };
  },
};

beforeEach(() => {
  lines.length = 0;
  timers.length = 0;
});

function create(known: ProcessLocation): { whereabouts: Whereabouts; found: (string | undefined)[] } {
  const whereabouts = new Whereabouts({ known, log, clock });
  const found: (string | undefined)[] = [];
  whereabouts.followers.add(() => found.push(whereabouts.location.zone));
  return { whereabouts, found };
}

function endpointOn(node: string, zone?: string): Endpoint {
  const ready = { ready: true, serving: true, terminating: false };
  return { key: node, addresses: [], slice: 's', node, ...ready, ...(zone === undefined ? {} : { zone }) };
}

/** A client whose answers come in turn. */
function api(...answers: (Error | Record<string, string>)[]) {
  const asked: string[] = [];
  const get = async <T extends KubeObject>(_ref: unknown, name: string): Promise<T> => {
    asked.push(name);
    const answer = answers.shift();
    if (answer === undefined) throw new Error('asked too often');
    if (answer instanceof Error) throw answer;
    return { metadata: { name, labels: answer } } as unknown as T;
  };
  return { client: { get }, asked };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const ZONE = { 'topology.kubernetes.io/zone': 'a' };

it('takes the zone of an endpoint on the same node, once', () => {
  const { whereabouts, found } = create({ node: 'n' });
  whereabouts.look([endpointOn('m', 'b'), endpointOn('n')]);
  expect(found).toEqual([]);
  whereabouts.look([endpointOn('m', 'b'), endpointOn('n', 'a')]);
  whereabouts.look([endpointOn('n', 'c')]);
  expect(found).toEqual(['a']);
  expect(whereabouts.location).toEqual({ zone: 'a', node: 'n' });
  expect(lines).toEqual(['info: found the zone of this process {"zone":"a","from":"endpoints on node n"}']);
});

it('asks for the node when nothing else says its zone', async () => {
  const { whereabouts, found } = create({ node: 'n' });
  const { client, asked } = api(ZONE);
  whereabouts.ask(client);
  whereabouts.ask(client);
  await turn();
  whereabouts.ask(client);
  expect([found, asked]).toEqual([['a'], ['n']]);
});

it.each<[string, ProcessLocation]>([
  ['the zone is known', { zone: 'a', zoneFrom: 'FAIRLEAD_ZONE', node: 'n' }],
  ['the node is not known', {}],
])('looks at nothing and asks nobody when %s', async (_what, known) => {
  const { whereabouts, found } = create(known);
  const { client, asked } = api(ZONE);
  whereabouts.look([endpointOn('n', 'b')]);
  whereabouts.ask(client);
  await turn();
  expect([found, asked]).toEqual([[], []]);
});

it.each([
  ['a refusal', new KubeError(403, 'forbidden')],
  ['a node that is not there', new KubeError(404, 'not found')],
])('does not ask again after %s, and warns nobody', async (_what, error) => {
  const { whereabouts } = create({ node: 'n' });
  const { client, asked } = api(error);
  whereabouts.ask(client);
  await turn();
  whereabouts.ask(client);
  await turn();
  expect(asked).toEqual(['n']);
  expect(timers).toEqual([]);
  expect(lines.filter((line) => !line.startsWith('debug'))).toEqual([]);
});

it('asks again later when the API server does not answer', async () => {
  const { whereabouts, found } = create({ node: 'n' });
  const { client, asked } = api(new Error('unreachable'), new KubeError(503, 'busy'), ZONE);
  whereabouts.ask(client);
  for (let i = 0; i < 2; i++) {
    await turn();
    timers.shift()?.();
  }
  await turn();
  expect([asked.length, found]).toEqual([3, ['a']]);
});

it('keeps what a follower throws from the others and from whoever asked, and says it', async () => {
  const { whereabouts, found } = create({ node: 'n' });
  const broken = new Set([new Error('no pipeline')]);
  whereabouts.followers.add(() => {
    for (const error of broken) throw error;
  });
  whereabouts.followers.add(() => found.push('last'));
  whereabouts.ask(api(ZONE).client);
  await turn();
  expect(found).toEqual(['a', 'last']);
  expect(lines).toContainEqual(
    'warn: a channel could not move to the zone of this process and goes on as before {"zone":"a","error":"no pipeline"}',
  );
});

it('takes an answer without metadata for a node without a zone', async () => {
  const { whereabouts, found } = create({ node: 'n' });
  whereabouts.ask({ get: async <T>() => ({}) as T });
  await turn();
  expect([found, timers]).toEqual([[], []]);
});

it('says nothing of a node without a zone', async () => {
  const { whereabouts, found } = create({ node: 'n' });
  whereabouts.ask(api({}).client);
  await turn();
  expect([found, whereabouts.location, timers]).toEqual([[], { node: 'n' }, []]);
});
