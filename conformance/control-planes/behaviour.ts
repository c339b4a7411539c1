import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { monotonicMs, waitFor } from '#commands/wait.js';
import { rest, targetOf } from './cluster.js';
import { type Contestant, type Running, start } from './contestants.js';
import { Follower } from './follower.js';
import { described, type Heard, hostsOf, says } from './heard.js';
import type { Bench } from './measure.js';

/** What a control plane did in one situation. */
export interface Found {
  readonly situation: string;
  readonly got: string;
  /** A client has what it needs: it is never told less than there is, and is told of every change. */
  readonly holds: boolean;
  /** How long the client waited for what it needed (ms); absent where that hangs on a back-off, or nothing came. */
  readonly afterMs?: number;
}

const SERVICE = 'serv';
const ENDPOINTS = 3;
/** Who has said nothing for so long says nothing (ms). */
const SILENT_MS = 2_000;
/** The API server is away for so long: a program has started within it, also on a busy machine (ms). */
const AWAY_MS = 5_000;
/** Pods terminate for so long (ms). */
const TERMINATING_MS = 500;
/** Above the settle time of a control plane that doubts what vanished, and far above everything else (ms). */
const SOON_MS = 5_000;
/** Above the back-off of whoever found the API server away (ms). */
const BACK_MS = 60_000;
const BURST = 20;

/** Undefined: no response came in time. */
function answer(heard: Heard | undefined, sinceMs: number): string {
  if (heard === undefined) return 'nothing: clients keep the endpoints that they have';
  return `${described([heard])} after ${Math.round(heard.atMs - sinceMs)} ms`;
}

/** How long was waited for a response, if one came. */
const waited = (heard: Heard | undefined, sinceMs: number): Pick<Found, 'afterMs'> =>
  heard === undefined ? {} : { afterMs: heard.atMs - sinceMs };

/** Whether somebody listens on a port of this machine. */
function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** One control plane in one situation after the other, with one client that stays through all of them. */
class Trial {
  readonly #bench: Bench;
  readonly #contestant: Contestant;
  readonly #namespace: string;
  readonly #found: Found[] = [];

  constructor(bench: Bench, contestant: Contestant) {
    this.#bench = bench;
    this.#contestant = contestant;
    this.#namespace = `behaviour-${contestant.id}`;
  }

  async run(): Promise<readonly Found[]> {
    const { cluster } = this.#bench;
    await cluster.addNamespace(this.#namespace);
    // A cluster is never empty, and a program may have nothing to serve in one that is.
    await cluster.addServices(this.#namespace, ['other'], ENDPOINTS);
    let running = await this.#start(0);
    const follower = new Follower(running.port, targetOf(SERVICE, this.#namespace));
    try {
      await this.#absent(follower);
      await this.#zero(follower);
      await this.#burst(follower);
      running = await this.#restarted(follower, running);
      running = await this.#unsynced(follower, running);
      await this.#deleted(follower);
    } finally {
      follower.close();
      await running.kill();
    }
    return this.#found;
  }

  #start(port: number): Promise<Running> {
    const { binary, cluster } = this.#bench;
    const { kubeconfig } = cluster;
    return start(this.#contestant, { binary, kubeconfig, namespace: this.#namespace, port });
  }

  #say(found: Found): void {
    this.#found.push(found);
  }

  /** Waits for the next response that fits; undefined when none comes in time. */
  async #next(
    follower: Follower,
    fits: (heard: Heard) => boolean,
    timeoutMs = SOON_MS,
  ): Promise<Heard | undefined> {
    const { signal } = this.#bench;
    const from = follower.heard.length;
    const found = (): Heard | undefined => follower.heard.slice(from).find(fits);
    const came = waitFor('a response', () => found() !== undefined, { timeoutMs, signal });
    await came.catch(() => signal.throwIfAborted());
    return found();
  }

  async #absent(follower: Follower): Promise<void> {
    const { cluster, signal } = this.#bench;
    await pause(SILENT_MS, undefined, { signal });
    const before = [...follower.heard];
    const sinceMs = monotonicMs();
    const next = this.#next(follower, (heard) => says(heard, ENDPOINTS));
    await cluster.addServices(this.#namespace, [SERVICE], ENDPOINTS);
    const heard = await next;
    const silent = before.every(({ assignments }) => assignments.length === 0);
    const got = `${described(before)}; when it does: ${answer(heard, sinceMs)}`;
    const holds = silent && heard !== undefined;
    this.#say({ situation: 'A name that does not exist yet', got, holds, ...waited(heard, sinceMs) });
  }

  async #zero(follower: Follower): Promise<void> {
    const { cluster, signal } = this.#bench;
    await rest();
    const from = follower.heard.length;
    await cluster.terminate(this.#namespace, SERVICE);
    await pause(TERMINATING_MS, undefined, { signal });
    const during = follower.heard.slice(from);
    const empty = during.some((heard) => says(heard, 0));
    let sinceMs = monotonicMs();
    const gone = this.#next(follower, (heard) => says(heard, 0), empty ? TERMINATING_MS : SOON_MS);
    await cluster.resize(this.#namespace, SERVICE, 0);
    const goneText = empty ? '' : `; gone: ${answer(await gone, sinceMs)}`;
    const told = empty || (await gone) !== undefined;
    sinceMs = monotonicMs();
    const next = this.#next(follower, (heard) => says(heard, ENDPOINTS));
    await cluster.resize(this.#namespace, SERVICE, ENDPOINTS);
    const back = await next;
    const duringText = during.length === 0 ? 'they stay, because they still serve' : described(during);
    const got = `while the last pods terminate: ${duringText}${goneText}; back: ${answer(back, sinceMs)}`;
    this.#say({ situation: 'A Service scaled to zero, and back', got, holds: told && back !== undefined });
  }

  async #burst(follower: Follower): Promise<void> {
    const { cluster } = this.#bench;
    await rest();
    const from = follower.heard.length;
    const hosts = Array.from({ length: BURST }, () => cluster.newAddress());
    const next = this.#next(follower, (heard) => hostsOf(heard).includes(hosts.at(-1) ?? ''));
    let sinceMs = 0;
    for (const host of hosts) {
      sinceMs = monotonicMs();
      await cluster.replace(this.#namespace, SERVICE, host);
    }
    const heard = await next;
    await rest();
    const got = `${follower.heard.length - from} responses; the last change: ${answer(heard, sinceMs)}`;
    const situation = `${BURST} changes of a Service in quick succession`;
    this.#say({ situation, got, holds: heard !== undefined, ...waited(heard, sinceMs) });
  }

  async #restarted(follower: Follower, running: Running): Promise<Running> {
    await running.kill();
    const host = this.#bench.cluster.newAddress();
    await this.#bench.cluster.replace(this.#namespace, SERVICE, host);
    const sinceMs = monotonicMs();
    const next = this.#next(follower, () => true);
    const restarted = await this.#start(running.port);
    const heard = await next;
    const whole = heard !== undefined && says(heard, ENDPOINTS) && hostsOf(heard).includes(host);
    const got = `first response: ${answer(heard, sinceMs)} of its start${whole ? ', the change among them' : ''}`;
    const situation = 'Killed, a change while it is away, started again';
    this.#say({ situation, got, holds: whole, ...waited(heard, sinceMs) });
    return restarted;
  }

  async #unsynced(follower: Follower, running: Running): Promise<Running> {
    const { signal } = this.#bench;
    const { faults } = this.#bench.cluster;
    await running.kill();
    await faults.stopApi();
    const { length: from } = follower.heard;
    const starting = this.#start(running.port);
    // It is waited for below; that it may end before must not end this process.
    starting.catch(() => {});
    let takes = false;
    try {
      await pause(AWAY_MS, undefined, { signal });
      takes = await accepts(running.port);
    } finally {
      await faults.startApi();
    }
    const before = follower.heard.slice(from);
    const sinceMs = monotonicMs();
    const heard = await this.#next(follower, () => true, BACK_MS);
    const silent = takes ? `takes clients and says ${described(before)}` : 'refuses clients';
    const got = `${silent}; when the API server is back: ${answer(heard, sinceMs)}`;
    const whole = heard !== undefined && says(heard, ENDPOINTS);
    const holds = before.length === 0 && whole;
    this.#say({ situation: 'Started while the API server is away', got, holds });
    return starting;
  }

  async #deleted(follower: Follower): Promise<void> {
    await rest();
    const sinceMs = monotonicMs();
    const next = this.#next(follower, (heard) => says(heard, 0));
    await this.#bench.cluster.remove(this.#namespace, SERVICE);
    const heard = await next;
    const got = answer(heard, sinceMs);
    this.#say({ situation: 'All slices of a Service deleted', got, holds: heard !== undefined });
  }
}

/** Puts a control plane into each situation. */
export function behaviourOf(bench: Bench, contestant: Contestant): Promise<readonly Found[]> {
  return new Trial(bench, contestant).run();
}
