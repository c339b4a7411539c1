import { watchEndpoints } from '@fairlead/discovery';
import { monotonicMs } from '#commands/wait.js';
import type { Backend } from '../backend/backend.js';
import { NAMESPACE, PORT_NAME } from '../backend/slices.js';
import { quiet } from '../clock.js';
import { openStream } from '../control-plane/stream.js';
import { addressesOf, RESOURCE_TYPES, unwrap } from '../control-plane/wire.js';
import { connectAndCall } from '../propagation/connect-and-call.js';

/** How long a change took, from the moment before its event was written. */
export interface Change {
  /** This process knows the new endpoint (ms). */
  readonly heardMs: number;
  /** A call to it has been answered (ms). */
  readonly answeredMs: number;
}

/** Tells of the hosts of a Service, all of them each time. */
type Feed = (onHosts: (hosts: readonly string[]) => void) => { close(): void };

/** What a Service is called by those who follow it. */
const targetIn = (service: string): string => `${service}.${NAMESPACE}:${PORT_NAME}`;

/** By Fairlead's own watch of the API server. */
export function directFeed(backend: Backend, service: string, settleMs: number): Feed {
  return (onHosts) =>
    watchEndpoints(`k8s:///${targetIn(service)}`, {
      kubeconfig: backend.kubeconfig,
      settleMs,
      onSet: ({ endpoints }) =>
        onHosts(endpoints.flatMap(({ addresses }) => addresses.map(({ host }) => host))),
    });
}

/** Through a control plane. */
export function xdsFeed(port: number, service: string): Feed {
  const names = [targetIn(service)];
  return (onHosts) =>
    openStream({
      port,
      protocol: 'sotw',
      types: RESOURCE_TYPES,
      names,
      node: 'bench',
      onResponse({ type, resources: [only] }) {
        if (type === 'endpoints' && only !== undefined) onHosts(addressesOf(unwrap('sotw', only)));
      },
      onAnswered: () => {},
      onEnd: () => {},
    });
}

/** A client that connects and calls as soon as it knows an endpoint, however it came to know it. */
export class Follower {
  readonly #backend: Backend;
  readonly #service: string;
  readonly #feed: { close(): void };
  #hosts: readonly string[] = [];
  #look: () => void = () => {};

  private constructor(backend: Backend, service: string, feed: Feed) {
    this.#backend = backend;
    this.#service = service;
    this.#feed = feed((hosts) => {
      this.#hosts = hosts;
      this.#look();
    });
  }

  /** Resolves when it knows that the Service has so many endpoints. */
  static async open(parts: {
    readonly backend: Backend;
    readonly service: string;
    readonly feed: Feed;
    readonly endpoints: number;
  }): Promise<Follower> {
    const follower = new Follower(parts.backend, parts.service, parts.feed);
    await follower.#until(() => follower.#hosts.length === parts.endpoints);
    return follower;
  }

  /** Adds an endpoint, waits until it answers, and takes it away again. */
  async change(): Promise<Change> {
    const [host = ''] = await this.#backend.openHosts(1);
    await quiet();
    const answered = this.#until(() => this.#hosts.includes(host)).then(async (heardAtMs) => {
      const session = await connectAndCall(this.#backend.peer(host));
      return { session, heardAtMs, answeredAtMs: monotonicMs() };
    });
    this.#backend.add(this.#service, host, 'grown-slice');
    const { session, heardAtMs, answeredAtMs } = await answered;
    const writtenAtMs = await this.#backend.writtenAtMs(this.#service);
    session.destroy();
    const gone = this.#until(() => !this.#hosts.includes(host));
    this.#backend.remove(this.#service, host);
    await gone;
    return { heardMs: heardAtMs - writtenAtMs, answeredMs: answeredAtMs - writtenAtMs };
  }

  close(): void {
    this.#feed.close();
  }

  /** Resolves, in the turn in which it is so, with the time (ms). */
  #until(holds: () => boolean): Promise<number> {
    return new Promise((resolve) => {
      this.#look = () => {
        if (!holds()) return;
        this.#look = () => {};
        resolve(monotonicMs());
      };
      this.#look();
    });
  }
}
