import { fromBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordedInterests } from '../../test/doubles/recorded-interests.js';
import { changedCluster, endpointsOf, putTarget } from '../../test/doubles/targets.js';
import {
  DeltaDiscoveryResponseSchema,
  DiscoveryResponseSchema,
} from '../gen/envoy/service/discovery/v3/discovery_pb.js';
import { HEADER_BYTES } from '../grpc/frame.js';
import { isFullState, PUSH_ORDER, type ResourceType } from '../resource-type.js';
import { hashVersion } from '../snapshot/resource.js';
import { Snapshot } from '../snapshot/snapshot.js';
import { DeltaSession } from './delta-session.js';
import { readDeltaRequest, readSotwRequest, UNREADABLE } from './read-request.js';
import type { Response } from './session.js';
import { SotwSession } from './sotw-session.js';

const NAMES = ['a.n:1', 'b.n:1', 'c.n:1'];

/** What may happen around one stream. */
type Step =
  | { readonly kind: 'want'; readonly type: ResourceType; readonly names: readonly string[] }
  | { readonly kind: 'endpoints'; readonly name: string; readonly host: number }
  | { readonly kind: 'cluster'; readonly name: string }
  | { readonly kind: 'send'; readonly type: ResourceType }
  | { readonly kind: 'receive' }
  | { readonly kind: 'answer'; readonly type: ResourceType; readonly refuse: boolean };

const someType = fc.constantFrom(...PUSH_ORDER);
const someName = fc.constantFrom(...NAMES);
const someStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('want' as const), type: someType, names: fc.subarray(NAMES) }),
  fc.record({
    kind: fc.constant('endpoints' as const),
    name: someName,
    host: fc.integer({ min: 0, max: 9 }),
  }),
  fc.record({ kind: fc.constant('cluster' as const), name: someName }),
  fc.record({ kind: fc.constant('send' as const), type: someType }),
  fc.record({ kind: fc.constant('receive' as const) }),
  fc.record({ kind: fc.constant('answer' as const), type: someType, refuse: fc.boolean() }),
);

/** A client as the protocols describe it, with what it holds: name to version. */
interface Client {
  want(type: ResourceType, names: readonly string[]): void;
  /** The server sends the next response of a type; false when there is none. */
  send(type: ResourceType): boolean;
  /** The client takes the oldest response that is on its way, if there is one. */
  receive(): void;
  answer(type: ResourceType, refuse: boolean): void;
  held(type: ResourceType): Map<string, string>;
  close(): void;
}

class Held {
  readonly names = new Map<ResourceType, readonly string[]>();
  readonly #held = new Map<ResourceType, Map<string, string>>(PUSH_ORDER.map((type) => [type, new Map()]));

  of(type: ResourceType): Map<string, string> {
    return this.#held.get(type) as Map<string, string>;
  }

  /** A client drops what it does not want any more. */
  want(type: ResourceType, names: readonly string[]): void {
    this.names.set(type, names);
    for (const name of [...this.of(type).keys()]) if (!names.includes(name)) this.of(type).delete(name);
  }
}

function sendNext(session: Pick<SotwSession, 'next'>, type: ResourceType, way: Response[]): boolean {
  const response = session.next(type);
  if (response !== undefined) way.push(response);
  return response !== undefined;
}

function sotwClient(snapshot: Snapshot, interests: RecordedInterests): Client {
  const session = new SotwSession({ snapshot, interests, maxNames: 10 });
  const held = new Held();
  const nonces = new Map<ResourceType, string>();
  const way: Response[] = [];
  snapshot.subscribe((type, names) => session.changed(type, names));
  const ask = (type: ResourceType, error?: string): void => {
    const [names, nonce] = [held.names.get(type) ?? [], nonces.get(type) ?? ''];
    session.request({ type, names, nonce, error });
  };
  return {
    want(type, names) {
      held.want(type, names);
      ask(type);
    },
    send: (type) => sendNext(session, type, way),
    receive() {
      const response = way.shift();
      if (response === undefined) return;
      const { type } = response;
      const { resources, nonce } = fromBinary(DiscoveryResponseSchema, response.frame.subarray(HEADER_BYTES));
      nonces.set(type, nonce);
      const wanted = held.names.get(type) ?? [];
      // "Absence means deletion": of listeners and clusters all must be there.
      if (isFullState(type)) held.of(type).clear();
      for (const [index, { value }] of resources.entries()) {
        const name = response.names[index] ?? '';
        if (wanted.includes(name)) held.of(type).set(name, hashVersion(value));
      }
    },
    answer: (type, refuse) => ask(type, refuse ? 'no' : undefined),
    held: (type) => held.of(type),
    close: () => session.close(),
  };
}

function deltaClient(snapshot: Snapshot, interests: RecordedInterests): Client {
  const session = new DeltaSession({ snapshot, interests, maxNames: 10 });
  const held = new Held();
  const nonces = new Map<ResourceType, string>();
  const way: Response[] = [];
  snapshot.subscribe((type, names) => session.changed(type, names));
  const none = { subscribe: [], unsubscribe: [], initialVersions: new Map<string, string>(), nonce: '' };
  return {
    want(type, names) {
      const before = held.names.get(type);
      // A first request without names would be a wildcard.
      if (before === undefined && names.length === 0) return;
      held.want(type, names);
      const unsubscribe = (before ?? []).filter((name) => !names.includes(name));
      const subscribe = names.filter((name) => !before?.includes(name));
      session.request({ ...none, type, subscribe, unsubscribe });
    },
    send: (type) => sendNext(session, type, way),
    receive() {
      const response = way.shift();
      if (response === undefined) return;
      const { type } = response;
      const read = fromBinary(DeltaDiscoveryResponseSchema, response.frame.subarray(HEADER_BYTES));
      nonces.set(type, read.nonce);
      expect(read.removedResources).toEqual([]);
      const wanted = held.names.get(type) ?? [];
      for (const { name, version } of read.resources)
        if (wanted.includes(name)) held.of(type).set(name, version);
    },
    answer(type, refuse) {
      if (!held.names.has(type)) return;
      const error = refuse ? 'no' : undefined;
      session.request({ ...none, type, nonce: nonces.get(type) ?? '', error });
    },
    held: (type) => held.of(type),
    close: () => session.close(),
  };
}

function play(step: Step, client: Client, snapshot: Snapshot): void {
  if (step.kind === 'want') client.want(step.type, step.names);
  else if (step.kind === 'send') client.send(step.type);
  else if (step.kind === 'receive') client.receive();
  else if (step.kind === 'answer') client.answer(step.type, step.refuse);
  else if (step.kind === 'cluster') snapshot.update([changedCluster(step.name)]);
  else snapshot.update(endpointsOf(step.name, ...(step.host === 0 ? [] : [`10.0.0.${step.host}`])));
}

describe.each([
  ['state of the world', sotwClient],
  ['delta', deltaClient],
])('a client of %s', (_, createClient) => {
  it('holds the newest version of all it wants once it has read everything, whatever came before', () => {
    fc.assert(
      fc.property(fc.array(someStep, { maxLength: 80, size: 'max' }), (steps) => {
        const snapshot = new Snapshot();
        const interests = new RecordedInterests();
        for (const name of NAMES) putTarget(snapshot, name, '10.0.0.1');
        const client = createClient(snapshot, interests);
        const wanted = new Map<ResourceType, readonly string[]>();
        for (const step of steps) {
          play(step, client, snapshot);
          if (step.kind === 'want') wanted.set(step.type, step.names);
        }
        for (const type of PUSH_ORDER) {
          // As a client does that was sent something: it takes it and says what it wants now.
          for (let n = 0; n < 100; n++) client.receive();
          client.answer(type, false);
          for (let n = 0; n < 10 && client.send(type); n++) {
            client.receive();
            client.answer(type, false);
          }
          const newest = (wanted.get(type) ?? []).map((name) => [
            name,
            snapshot.resource(type, name)?.version,
          ]);
          expect(client.held(type)).toEqual(new Map(newest as [string, string][]));
          expect(client.send(type)).toBe(false);
        }
        client.close();
        expect(interests.open).toEqual([]);
      }),
    );
  });
});

describe('any bytes', () => {
  const someBytes = fc.uint8Array({ maxLength: 200 });

  it.each([
    ['readSotwRequest', readSotwRequest],
    ['readDeltaRequest', readDeltaRequest],
  ])('are a request or unreadable, and nothing is thrown by %s', (_, read) => {
    fc.assert(
      fc.property(someBytes, (bytes) => {
        const request = read(Buffer.from(bytes));
        expect(request === UNREADABLE || typeof request.node().id === 'string').toBe(true);
      }),
    );
  });

  it('that are a request are taken in, and nothing is thrown', () => {
    const someText = fc.oneof(fc.string(), fc.constantFrom('*', '', '__proto__', '1', ...NAMES));
    const texts = fc.array(someText, { maxLength: 12 });
    const request = fc.record({
      type: someType,
      names: texts,
      subscribe: texts,
      unsubscribe: texts,
      initialVersions: fc.array(fc.tuple(someText, someText)).map((entries) => new Map(entries)),
      nonce: someText,
      error: fc.option(someText, { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(request, { maxLength: 20, size: 'max' }), (requests) => {
        const snapshot = new Snapshot();
        for (const name of NAMES) putTarget(snapshot, name, '10.0.0.1');
        snapshot.setWildcard('cluster', NAMES);
        const interests = new RecordedInterests();
        const options = { snapshot, interests, maxNames: 10 };
        const [sotw, delta] = [new SotwSession(options), new DeltaSession(options)];
        for (const each of requests) {
          sotw.request(each);
          delta.request(each);
          sotw.next(each.type);
          delta.next(each.type);
        }
        sotw.close();
        delta.close();
        expect(interests.open).toEqual([]);
      }),
    );
  });
});
