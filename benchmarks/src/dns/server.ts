// The process of the DNS server: what it costs is not counted.
import { createSocket } from 'node:dgram';
import { type AddressInfo, createServer } from 'node:net';
import { decode, encode } from 'dns-packet';
import type { Answer, Command } from './name-server.js';

let addresses: readonly string[] = [];
let ttl = 0;
let queries = 0;

/** Everything that is asked for A has the addresses; over UDP they are cut off where they do not fit. */
function respond(message: Buffer, transport: 'udp' | 'tcp'): Buffer {
  queries += 1;
  const { id = 0, questions = [] } = decode(message);
  const [question] = questions;
  const name = question?.name ?? '';
  const answers =
    question?.type === 'A' ? addresses.map((data) => ({ type: 'A' as const, name, ttl, data })) : [];
  const common = { type: 'response' as const, id, questions };
  const whole = encode({ ...common, answers });
  if (transport === 'tcp' || whole.length <= 512) return whole;
  return encode({ ...common, flags: 0x0200, answers: [] });
}

const tell = (answer: Answer): void => void process.send?.(answer);

const udp = createSocket('udp4');
udp.on('message', (message, from) => udp.send(respond(message, 'udp'), from.port, from.address));
const tcp = createServer((socket) => {
  socket.on('error', () => socket.destroy());
  socket.on('data', (data) => {
    const answer = respond(data.subarray(2), 'tcp');
    const length = Buffer.alloc(2);
    length.writeUInt16BE(answer.length);
    socket.write(Buffer.concat([length, answer]));
  });
});
tcp.listen(0, '127.0.0.1', () => {
  const { port } = tcp.address() as AddressInfo;
  udp.bind(port, '127.0.0.1', () => tell({ kind: 'hello', port }));
});

process.on('message', (command: Command) => {
  if (command.kind === 'set') {
    addresses = command.addresses;
    ttl = command.ttlSeconds;
  }
  tell({ kind: 'done', queries });
});
process.on('disconnect', () => process.exit());
