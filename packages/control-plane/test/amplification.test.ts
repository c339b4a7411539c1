import { afterEach, describe, expect, it } from 'vitest';
import { createControlPlane } from '../src/index.js';
import { PUSH_ORDER, type ResourceType, resourceTypeOf } from '../src/resource-type.js';
import { ScriptedSource } from './doubles/scripted-source.js';
import { RawStream, until } from './streams.js';

const SERVICES = Array.from({ length: 40 }, (_, n) => `s${n}.n`);
const WANTED = 10;
/** So many different Services, spread over all. */
const some = (count: number, from: number): string[] =>
  Array.from({ length: count }, (_, n) => SERVICES[(from + n * 7) % SERVICES.length]!);

const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

/** A client that accepts every response, and what it wants. */
class Accepting {
  readonly services: readonly string[];
  readonly #stream: RawStream;
  readonly #names: readonly string[];
  readonly #protocol: 'sotw' | 'delta';
  #accepted = 0;

  constructor(port: number, protocol: 'sotw' | 'delta', services: readonly string[]) {
    this.services = services;
    this.#protocol = protocol;
    this.#names = services.map((service) => `${service}:1`);
    this.#stream = new RawStream(port, protocol);
    for (const type of PUSH_ORDER) this.#stream.ask(type, this.#names);
  }

  /** Resources of a type that it was sent so far, after it has accepted all of them. */
  sent(type: ResourceType): number {
    const { responses } = this.#stream;
    for (const { typeUrl, nonce } of responses.slice(this.#accepted)) {
      const of = resourceTypeOf(typeUrl);
      // In delta, names would ask for them again.
      if (of !== undefined) this.#stream.ask(of, this.#protocol === 'sotw' ? this.#names : [], nonce);
    }
    this.#accepted = responses.length;
    return responses
      .filter(({ typeUrl }) => resourceTypeOf(typeUrl) === type)
      .reduce((sum, { resources }) => sum + resources.length, 0);
  }

  close(): void {
    this.#stream.close();
  }
}

describe.each(['sotw', 'delta'] as const)('clients of %s', (protocol) => {
  it('are sent what changed of what they want, once, and nothing else', async () => {
    const source = new ScriptedSource();
    const controlPlane = createControlPlane({ source, port: 0, mergeMs: 0 });
    open.push(controlPlane);
    const { port } = await controlPlane.start();
    for (const service of SERVICES) source.put(service, '10.0.0.1');
    const clients = Array.from({ length: 12 }, (_, n) => {
      const client = new Accepting(port, protocol, some(WANTED, n * 3));
      open.unshift(client);
      return client;
    });
    const due = clients.map(() => WANTED);
    const haveAll = (): boolean =>
      clients.every((client, n) =>
        PUSH_ORDER.every((type) => client.sent(type) >= (type === 'endpoints' ? due[n]! : WANTED)),
      );
    await until('every client has all it wants', haveAll);
    for (let turn = 2; turn < 30; turn++) {
      const changed = new Set(some(1 + (turn % 8), turn * 11));
      clients.forEach(({ services }, n) => {
        due[n]! += services.filter((service) => changed.has(service)).length;
      });
      for (const service of changed) source.put(service, `10.0.0.${turn}`);
      await until(`every client has the changes of turn ${turn}`, haveAll);
    }
    // A change that all want comes after whatever would be too much.
    for (const service of SERVICES) source.put(service, '10.0.1.1');
    due.forEach((_, n) => {
      due[n]! += WANTED;
    });
    await until('every client has the last change', haveAll);
    expect(clients.map((client) => client.sent('endpoints'))).toEqual(due);
    for (const type of ['listener', 'route', 'cluster'] as const)
      expect(clients.map((client) => client.sent(type))).toEqual(clients.map(() => WANTED));
  });
});
