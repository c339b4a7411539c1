import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { ContainerRunner } from '../container.js';
import type { AgentClock } from '../host.js';
import type { Pod } from '../pod.js';
import { messageOf } from '../refusal.js';
import { attach } from './attach.js';
import { parseStreamOptions } from './command-streams.js';
import { exec } from './exec.js';
import { PortForward } from './port-forward.js';
import { refuse, StreamRefusal } from './refuse.js';
import { type UpgradeRequest, Upgrader } from './upgrader.js';

/** A pod of the node, as far as streams go. */
export interface StreamPod {
  readonly pod: Pod;
  readonly podIP: string | undefined;
  /** Resolves when none of its containers runs any more. */
  readonly ended: Promise<void>;
  container(name: string): ContainerRunner | undefined;
}

interface StreamSource {
  readonly clock: AgentClock;
  pod(namespace: string, name: string): StreamPod | undefined;
}

/** Sessions of one node at the same time; each is a process or connections of their own. */
const MOST_SESSIONS = 128;
/** A session in which nothing is sent for so long is closed (ms); the kubelet's limit is the same. */
const IDLE_MS = 4 * 3_600_000;

/** Serves `exec`, `attach` and `portForward` of the kubelet's API to whoever upgrades a connection for it. */
export class StreamServer {
  readonly #source: StreamSource;
  readonly #upgrader: Upgrader;
  readonly #sessions = new Set<Socket>();

  constructor(source: StreamSource) {
    this.#source = source;
    this.#upgrader = new Upgrader(source.clock);
  }

  /** Takes a connection over: with the streams that the request names, or with a refusal. */
  upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    try {
      if (this.#sessions.size >= MOST_SESSIONS)
        throw new StreamRefusal(429, `too many streams: ${MOST_SESSIONS} are open on this node`);
      this.#sessions.add(socket);
      socket.once('close', () => this.#sessions.delete(socket));
      socket.setTimeout(IDLE_MS, () => socket.destroy());
      socket.setNoDelay(true);
      this.#route({ request, socket, head });
    } catch (error) {
      refuse(socket, error instanceof StreamRefusal ? error : new StreamRefusal(400, messageOf(error)));
    }
  }

  /** Ends all sessions. */
  close(): void {
    for (const socket of this.#sessions) socket.destroy();
  }

  /** `/exec/NAMESPACE/POD/CONTAINER`, `/attach/…` likewise, `/portForward/NAMESPACE/POD`; the pod's uid may follow its name. */
  #route(asked: UpgradeRequest): void {
    const url = new URL(asked.request.url ?? '/', 'https://kubelet');
    const [, root, ...names] = url.pathname.split('/').map(decodeURIComponent);
    if (root === 'portForward') this.#forward(asked, this.#pod(names, 2));
    else if (root === 'exec') this.#exec(asked, url.searchParams, names);
    else if (root === 'attach') this.#attach(asked, url.searchParams, names);
    else throw new StreamRefusal(404, '404 page not found');
  }

  #exec(asked: UpgradeRequest, query: URLSearchParams, names: readonly string[]): void {
    const container = names.at(-1) ?? '';
    const run = this.#pod(names, 3).container(container)?.current;
    if (!run) throw new StreamRefusal(500, `container not found ("${container}")`);
    const options = parseStreamOptions(query);
    const argv = query.getAll('command');
    if (argv.length === 0)
      throw new StreamRefusal(400, 'you must specify at least one command for the container');
    const over = new AbortController();
    void run.ended.then(() => over.abort());
    const { clock } = this.#source;
    const spec = run.beside(argv);
    this.#upgrader.command(
      asked,
      options,
      (streams) => void exec({ clock, spec, tty: options.tty, streams, over: over.signal }),
    );
  }

  #attach(asked: UpgradeRequest, query: URLSearchParams, names: readonly string[]): void {
    const found = this.#pod(names, 3);
    const { name, namespace } = found.pod.metadata;
    const container = names.at(-1) ?? '';
    const run = found.container(container)?.current;
    if (!run) throw new StreamRefusal(500, `container ${container} not found in pod ${name}_${namespace}`);
    this.#upgrader.command(asked, parseStreamOptions(query), (streams) => void attach(run.console, streams));
  }

  #forward(asked: UpgradeRequest, { pod, podIP, ended }: StreamPod): void {
    const { name, namespace, uid } = pod.metadata;
    if (podIP === undefined) throw new StreamRefusal(500, `pod not found ("${name}_${namespace}")`);
    const { clock } = this.#source;
    this.#upgrader.forward(asked, (transport) => {
      const session = new PortForward(transport, { clock, pod: `${name}_${namespace}`, uid, podIP });
      void ended.then(() => session.close());
    });
  }

  /** The pod of a path with so many names, or one more for the pod's uid. */
  #pod(names: readonly string[], count: number): StreamPod {
    if (names.length !== count && names.length !== count + 1)
      throw new StreamRefusal(404, '404 page not found');
    const [namespace = '', name = '', uid] = names;
    const pod = this.#source.pod(namespace, name);
    if (!pod || (names.length > count && uid !== pod.pod.metadata.uid))
      throw new StreamRefusal(404, 'pod does not exist');
    return pod;
  }
}
