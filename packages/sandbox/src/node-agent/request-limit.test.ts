import type { KubeObject, ResourceRef } from '@fairlead/discovery/kubernetes';
import { expect, it } from 'vitest';
import { settle } from '../../test/doubles/virtual-clock.js';
import { FakeKube } from '../../test/fake-kube.js';
import { limitRequests } from './request-limit.js';

const PODS = { group: '', version: 'v1', resource: 'pods' };

/** A client whose `get` answers when it is told to. */
class SlowKube extends FakeKube {
  readonly begun: string[] = [];
  readonly answers = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();

  override async get<T extends KubeObject>(ref: ResourceRef, name: string): Promise<T> {
    this.begun.push(name);
    await new Promise<void>((resolve, reject) => this.answers.set(name, { resolve, reject }));
    return super.get<T>(ref, name);
  }
}

function bench(limit: number) {
  const kube = new SlowKube();
  for (const name of ['a', 'b', 'c', 'd']) kube.put('pods', { metadata: { name } });
  return { client: limitRequests(kube, limit), begun: kube.begun, answers: kube.answers };
}

it('sends the next request, in order, when one is answered or fails', async () => {
  const { client, begun, answers } = bench(2);
  const results = ['a', 'b', 'c', 'd'].map((name) =>
    client.get(PODS, name).then(({ metadata }) => metadata.name, String),
  );
  await settle();
  expect(begun).toEqual(['a', 'b']);
  answers.get('b')?.reject(new Error('no'));
  await settle();
  answers.get('c')?.resolve();
  await settle();
  expect(begun).toEqual(['a', 'b', 'c', 'd']);
  for (const name of ['a', 'd']) answers.get(name)?.resolve();
  expect(await Promise.all(results)).toEqual(['a', 'Error: no', 'c', 'd']);
});

it('does not count watches', async () => {
  const { client, answers } = bench(1);
  const held = client.get(PODS, 'a');
  await settle();
  await client.watch(PODS);
  answers.get('a')?.resolve();
  await held;
});
