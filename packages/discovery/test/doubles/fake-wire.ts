import type { DnsWire, Exchange } from '../../src/dns/wire.js';
import { askedFor, encodeReply, type Reply } from './dns-replies.js';

/** One question that a server got. */
export interface Asked {
  readonly server: string;
  readonly transport: 'udp' | 'tcp';
  /** `A name` */
  readonly question: string;
  readonly edns: boolean;
}

/** What the server does: a reply, silence until the deadline, or an error of the socket. */
export type Behaviour = (asked: Asked) => Reply | 'silence' | Error;

/** A wire without sockets: servers answer at once, or never. */
export class FakeWire implements DnsWire {
  readonly asked: Asked[] = [];
  behaviour: Behaviour;

  constructor(behaviour: Behaviour) {
    this.behaviour = behaviour;
  }

  get questions(): string[] {
    return this.asked.map(({ question }) => question);
  }

  udp<T>(exchange: Exchange<T>): Promise<T> {
    return this.#answer('udp', exchange);
  }

  tcp<T>(exchange: Exchange<T>): Promise<T> {
    return this.#answer('tcp', exchange);
  }

  #answer<T>(transport: 'udp' | 'tcp', { server, message, read, signal }: Exchange<T>): Promise<T> {
    const asked: Asked = {
      server: server.host,
      transport,
      question: askedFor(message),
      // The OPT record is the only additional one that a query has.
      edns: message.readUInt16BE(10) === 1,
    };
    this.asked.push(asked);
    const told = this.behaviour(asked);
    return new Promise((resolve, reject) => {
      if (told instanceof Error) reject(told);
      else if (told === 'silence')
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      else {
        const answer = read(encodeReply(message, told));
        if (answer === undefined) reject(new Error('the reply was not taken for one'));
        else resolve(answer);
      }
    });
  }
}
