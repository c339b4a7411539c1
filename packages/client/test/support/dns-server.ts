import { createSocket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { type Answer, decode, encode } from 'dns-packet';

/** Answers by question, as `A name`; what is not there is NXDOMAIN. */
export type Zone = Map<string, readonly Answer[]>;

/** A DNS server on loopback that says what its zone holds, and what it was asked. */
export interface DnsServer {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  readonly zone: Zone;
  readonly asked: string[];
  close(): Promise<void>;
}

export async function startDnsServer(): Promise<DnsServer> {
  const zone: Zone = new Map();
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (message, from) => {
    const { id = 0, questions = [] } = decode(message);
    const question = `${questions[0]?.type} ${questions[0]?.name}`;
    asked.push(question);
    const answers = zone.get(question);
    const flags = answers === undefined ? 3 : 0;
    const reply = encode({ type: 'response', id, flags, questions, answers: [...(answers ?? [])] });
    socket.send(reply, from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    zone,
    asked,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}
