import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import type { ContainerRunner } from '../container.js';
import type { AgentClock } from '../host.js';
import type { Pod } from '../pod.js';
import { messageOf } from '../refusal.js';
import { type CommandStreams, parseStreamOptions, type StreamOptions } from './command-streams.js';
import { exec } from './exec.js';
import { refuse, StreamRefusal } from './refuse.js';
import { CHANNEL_PROTOCOLS, webSocketStreams } from './websocket-streams.js';

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
/** Largest message of a client (bytes); kubectl's are a tenth of it at most. */
const MOST_MESSAGE_BYTES = 1024 * 1024;

/** Serves `exec` of the kubelet's API to whoever upgrades a connection for it. */
export class StreamServer {
  readonly #source: StreamSource;
  readonly #sessions = new Set<Socket>();
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MOST_MESSAGE_BYTES,
    handleProtocols: (offered) => CHANNEL_PROTOCOLS.find((known) => offered.has(known)) ?? false,
  });

  constructor(source: StreamSource) {
    this.#source = source;
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
      this.#route(request, socket, head);
    } catch (error) {
      refuse(socket, error instanceof StreamRefusal ? error : new StreamRefusal(400, messageOf(error)));
    }
  }

  /** Ends all sessions. */
  close(): void {
    for (const socket of this.#sessions) socket.destroy();
  }

  #route(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const url = new URL(request.url ?? '/', 'https://kubelet');
    const [, root, ...names] = url.pathname.split('/').map(decodeURIComponent);
    if (root !== 'exec') throw new StreamRefusal(404, '404 page not found');
    const { pod, container } = this.#find(names);
    const options = parseStreamOptions(url.searchParams);
    const argv = url.searchParams.getAll('command');
    if (argv.length === 0)
      throw new StreamRefusal(400, 'you must specify at least one command for the container');
    const run = pod.container(container)?.current;
    if (!run) throw new StreamRefusal(500, `container not found ("${container}")`);
    const over = new AbortController();
    void run.ended.then(() => over.abort());
    this.#open(request, { socket, head, options }, (streams) => {
      const spec = { ...run.spec, argv };
      void exec({ clock: this.#source.clock, spec, tty: options.tty, streams, over: over.signal });
    });
  }

  /** `NAMESPACE/POD/CONTAINER` or `NAMESPACE/POD/UID/CONTAINER`. */
  #find(names: readonly string[]): { pod: StreamPod; container: string } {
    if (names.length !== 3 && names.length !== 4) throw new StreamRefusal(404, '404 page not found');
    const [namespace = '', name = ''] = names;
    const pod = this.#source.pod(namespace, name);
    if (!pod || (names.length === 4 && names[2] !== pod.pod.metadata.uid))
      throw new StreamRefusal(404, 'pod does not exist');
    return { pod, container: names.at(-1) ?? '' };
  }

  #open(
    request: IncomingMessage,
    { socket, head, options }: { socket: Socket; head: Buffer; options: StreamOptions },
    start: (streams: CommandStreams) => void,
  ): void {
    const upgrade = request.headers.upgrade?.toLowerCase() ?? '';
    if (upgrade !== 'websocket')
      throw new StreamRefusal(400, `unable to upgrade to "${upgrade}": accepted is websocket`);
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (!offered.some((name) => CHANNEL_PROTOCOLS.includes(name)))
      throw new StreamRefusal(403, negotiation(offered, CHANNEL_PROTOCOLS));
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) =>
      start(webSocketStreams(webSocket, options)),
    );
  }
}

/** Upstream's words for protocols that do not meet. */
const negotiation = (offered: readonly string[], accepted: readonly string[]): string =>
  `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(' ')}], server accepts [${accepted.join(' ')}]`;
