import type { Clock } from '../clock.js';
import { formatAddress } from '../endpoint.js';
import { DiscoveryError } from '../errors.js';
import { encodeQuery, type Question, RCODE, type Reply, readReply, showRcode } from './message.js';
import type { DnsServer, ResolverConfig } from './resolver-config.js';
import type { DnsWire } from './wire.js';

export interface StubResolverOptions {
  readonly wire: DnsWire;
  readonly clock: Clock;
  /** A number from 0 to 65535 that nobody can guess. */
  readonly randomId: () => number;
}

/** Codes of a server that cannot or will not answer with EDNS0 (RFC 6891 §7). */
const NO_EDNS: readonly number[] = [RCODE.FORMERR, RCODE.NOTIMP, RCODE.BADVERS];

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Asks recursive servers and believes them, as the resolver of the C library does: one after the other until one
 * answers NOERROR or NXDOMAIN. The server that answered last is asked first, so that a dead one costs its timeout once.
 */
export class StubResolver {
  readonly #options: StubResolverOptions;
  /** `host:port` of the server that answered last. */
  #preferred: string | undefined;
  #turn = 0;

  constructor(options: StubResolverOptions) {
    this.#options = options;
  }

  /**
   * Rejects with `DNS` when no server answers; the message names each one's trouble. That every server refuses is an
   * answer: so says one that knows the names of the cluster only to those outside of it.
   */
  async ask(question: Question, config: ResolverConfig, signal?: AbortSignal): Promise<Reply> {
    const troubles = new Map<string, string>();
    const servers = this.#inOrder(config);
    let refusal: Reply | undefined;
    for (let attempt = 0; attempt < config.attempts && refusal === undefined; attempt++) {
      for (const server of servers) {
        signal?.throwIfAborted();
        const name = formatAddress(server.host, server.port);
        try {
          // A box on the way that drops what it does not know must not keep a second try from an answer.
          const reply = await this.#askOne({ question, server, config, edns: attempt === 0, signal });
          if (reply.rcode === RCODE.NOERROR || reply.rcode === RCODE.NXDOMAIN) {
            this.#preferred = name;
            return reply;
          }
          troubles.set(name, showRcode(reply.rcode));
          if (reply.rcode === RCODE.REFUSED) refusal = reply;
        } catch (error) {
          troubles.set(name, textOf(error));
        }
      }
    }
    signal?.throwIfAborted();
    const refused = [...troubles.values()].every((trouble) => trouble === showRcode(RCODE.REFUSED));
    if (refusal !== undefined && refused) return refusal;
    const each = [...troubles].map(([server, trouble]) => `${server}: ${trouble}`).join('; ');
    throw new DiscoveryError('DNS', `DNS did not answer ${question.type} ${question.name} (${each})`);
  }

  #inOrder({ servers, rotate }: ResolverConfig): readonly DnsServer[] {
    const preferred = servers.findIndex(({ host, port }) => formatAddress(host, port) === this.#preferred);
    const first = rotate ? this.#turn++ % servers.length : Math.max(0, preferred);
    return [...servers.slice(first), ...servers.slice(0, first)];
  }

  async #askOne(ask: Ask): Promise<Reply> {
    const reply = await this.#exchange(ask, 'udp');
    if (reply.truncated) return this.#exchange(ask, 'tcp');
    if (ask.edns && NO_EDNS.includes(reply.rcode)) return this.#askOne({ ...ask, edns: false });
    return reply;
  }

  async #exchange(ask: Ask, transport: 'udp' | 'tcp'): Promise<Reply> {
    const { wire, clock, randomId } = this.#options;
    const query = encodeQuery(ask.question, { id: randomId(), edns: ask.edns });
    const { timeoutMs } = ask.config;
    const ending = new AbortController();
    const stop = (): void => ending.abort(ask.signal?.reason);
    ask.signal?.addEventListener('abort', stop, { once: true });
    const late = new Error(`no answer over ${transport.toUpperCase()} in ${timeoutMs / 1000} s`);
    const timer = clock.setTimeout(() => ending.abort(late), timeoutMs);
    timer.unref();
    try {
      const read = (message: Buffer) => readReply(message, query);
      const { server } = ask;
      const reply = await wire[transport]({ server, message: query.bytes, read, signal: ending.signal });
      if (transport === 'tcp' && reply.truncated) throw new Error('the answer is cut off even over TCP');
      return reply;
    } finally {
      timer.cancel();
      ask.signal?.removeEventListener('abort', stop);
    }
  }
}

interface Ask {
  readonly question: Question;
  readonly server: DnsServer;
  readonly config: ResolverConfig;
  readonly edns: boolean;
  readonly signal: AbortSignal | undefined;
}
