import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';
import type { AgentClock } from '../host.js';
import type { CommandStreams, StreamOptions } from './command-streams.js';
import { PORT_FORWARD_PROTOCOL, TUNNEL_PROTOCOL } from './port-forward.js';
import { StreamRefusal } from './refuse.js';
import { COMMAND_PROTOCOLS, spdyStreams } from './spdy-streams.js';
import { CHANNEL_PROTOCOLS, webSocketStreams } from './websocket-streams.js';

/** A request to go on in another protocol, with its connection. */
export interface UpgradeRequest {
  readonly request: IncomingMessage;
  readonly socket: Socket;
  /** What the client sent already behind its request. */
  readonly head: Buffer;
}

/** Largest message of a client (bytes); kubectl's are a tenth of it at most. */
const MOST_MESSAGE_BYTES = 1024 * 1024;

/** Switches connections to SPDY/3.1 or WebSocket, whichever the client asks for. Every call may throw a StreamRefusal. */
export class Upgrader {
  readonly #clock: AgentClock;
  /** What was negotiated, for the answer: the library knows no names with a slash, and KEP-4006's has one. */
  readonly #negotiated = new WeakMap<IncomingMessage, string>();
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MOST_MESSAGE_BYTES,
  });

  constructor(clock: AgentClock) {
    this.#clock = clock;
    this.#webSockets.on('headers', (lines, request) => {
      lines.push(`Sec-WebSocket-Protocol: ${this.#negotiated.get(request)}`);
    });
  }

  /** Opens the streams of a command. */
  command(asked: UpgradeRequest, options: StreamOptions, start: (streams: CommandStreams) => void): void {
    if (protocolOf(asked) === 'websocket') {
      this.#webSocket(asked, CHANNEL_PROTOCOLS, (socket) => start(webSocketStreams(socket, options)));
      return;
    }
    const transport = switchToSpdy(asked, COMMAND_PROTOCOLS);
    void spdyStreams(transport, options, this.#clock).then((streams) => streams && start(streams));
  }

  /** Opens what carries forwarded connections. */
  forward(asked: UpgradeRequest, start: (transport: Duplex) => void): void {
    if (protocolOf(asked) === 'websocket')
      this.#webSocket(asked, [TUNNEL_PROTOCOL], (socket) => start(createWebSocketStream(socket)));
    else start(switchToSpdy(asked, [PORT_FORWARD_PROTOCOL]));
  }

  #webSocket(
    { request, socket, head }: UpgradeRequest,
    accepted: readonly string[],
    start: (socket: WebSocket) => void,
  ): void {
    this.#negotiated.set(request, negotiate(request.headers['sec-websocket-protocol'], accepted));
    delete request.headers['sec-websocket-protocol'];
    this.#webSockets.handleUpgrade(request, socket, head, start);
  }
}

function protocolOf({ request }: UpgradeRequest): 'websocket' | 'spdy' {
  const upgrade = request.headers.upgrade?.toLowerCase() ?? '';
  if (upgrade === 'websocket') return 'websocket';
  if (upgrade === 'spdy/3.1') return 'spdy';
  throw new StreamRefusal(400, `unable to upgrade to "${upgrade}": accepted are SPDY/3.1 and websocket`);
}

function switchToSpdy({ request, socket, head }: UpgradeRequest, accepted: readonly string[]): Socket {
  const offered = request.headers['x-stream-protocol-version'];
  const protocol = negotiate(typeof offered === 'string' ? offered : undefined, accepted);
  socket.write(
    [
      'HTTP/1.1 101 Switching Protocols',
      'Connection: Upgrade',
      'Upgrade: SPDY/3.1',
      `X-Stream-Protocol-Version: ${protocol}`,
      '',
      '',
    ].join('\r\n'),
  );
  if (head.length > 0) socket.unshift(head);
  return socket;
}

/** The best of the accepted protocols that the client offers; throws in upstream's words. */
function negotiate(header: string | undefined, accepted: readonly string[]): string {
  const offered = (header ?? '').split(',').flatMap((name) => name.trim() || []);
  const found = accepted.find((name) => offered.includes(name));
  if (found !== undefined) return found;
  throw new StreamRefusal(
    403,
    `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(' ')}], server accepts [${accepted.join(' ')}]`,
  );
}
