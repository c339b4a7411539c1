import { afterEach, describe, expect, it } from 'vitest';
import { type Answer, ScriptedClient, ScriptedStream } from '../../../test/doubles/scripted-client.js';
import { macrotask, VirtualClock } from '../../../test/doubles/virtual-clock.js';
import type { KubeClient, KubeObject } from '../client/client.js';
import { createReflector } from './create-reflector.js';
import type { Reflector } from './reflector.js';

const ref = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };
const object = (name: string): KubeObject => ({ metadata: { name, resourceVersion: '5' } });

const open: Reflector[] = [];
afterEach(() => {
  for (const reflector of open.splice(0)) reflector.close();
});

/** A reflector that keeps names in capitals. */
function follow(script: readonly Answer[], watchList: boolean) {
  const clock = new VirtualClock();
  const client = new ScriptedClient(clock, script) as Partial<KubeClient> as KubeClient;
  const prepared: string[] = [];
  const told: string[] = [];
  const reflector = createReflector<KubeObject, string>({
    client,
    ref,
    clock,
    random: () => 0.5,
    watchList,
    prepare({ metadata: { name = '' } }) {
      prepared.push(name);
      return name.toUpperCase();
    },
    handler: {
      replace: (names) => told.push(`replace ${names}`),
      upsert: ({ metadata }) => told.push(`upsert ${metadata.name}`),
      remove: ({ metadata }) => told.push(`remove ${metadata.name}`),
    },
  });
  open.push(reflector);
  reflector.start();
  return { prepared, told };
}

describe('prepare', () => {
  it('gets each object of a watch-list as it comes, and no later change', async () => {
    const watch = new ScriptedStream();
    const { prepared, told } = follow([watch], true);
    watch.send(
      { type: 'ADDED', object: object('a') },
      { type: 'ADDED', object: object('b') },
      { type: 'ADDED', object: object('c') },
      { type: 'DELETED', object: object('b') },
    );
    await macrotask();
    expect([prepared, told]).toEqual([['a', 'b', 'c'], []]);
    const annotations = { 'k8s.io/initial-events-end': 'true' };
    watch.send(
      { type: 'BOOKMARK', object: { metadata: { resourceVersion: '6', annotations } } },
      { type: 'MODIFIED', object: object('c') },
      { type: 'DELETED', object: object('a') },
    );
    await macrotask();
    expect([prepared, told]).toEqual([
      ['a', 'b', 'c'],
      ['replace A,C', 'upsert c', 'remove a'],
    ]);
  });

  it('gets each object of a list, some in each turn of the event loop', async () => {
    const names = Array.from({ length: 25 }, (_, n) => `s${n}`);
    const list = { metadata: { resourceVersion: '5' }, items: names.map(object) };
    const { prepared, told } = follow([list, new ScriptedStream()], false);
    const after: number[] = [];
    while (told.length === 0) {
      await macrotask();
      after.push(prepared.length);
    }
    expect(prepared).toEqual(names);
    expect(told).toEqual([`replace ${names.map((name) => name.toUpperCase())}`]);
    expect(after.filter((count) => count < names.length).length).toBeGreaterThanOrEqual(2);
  });
});
