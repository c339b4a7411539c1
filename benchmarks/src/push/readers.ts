// Clients in a process of their own: each has a connection and a stream, and answers every response as gRPC clients do.
import { connect, constants } from 'node:http2';
import type { ReaderNews, ReaderOrder } from './orders.js';
import { ADS_PATH, endpointsRequest, messageReader, nonceOf } from './wire.js';

function say(news: ReaderNews): void {
  process.send?.(news);
}

function open({ port, name }: ReaderOrder, onTaken: () => void): void {
  const session = connect(`http://127.0.0.1:${port}`);
  session.on('error', () => process.exit(1));
  const stream = session.request(
    {
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: ADS_PATH,
      'content-type': 'application/grpc',
      te: 'trailers',
    },
    { endStream: false },
  );
  stream.on('error', () => process.exit(1));
  const read = messageReader((message) => {
    stream.write(endpointsRequest(name, nonceOf(message)), () => onTaken());
  });
  stream.on('data', read);
  stream.write(endpointsRequest(name));
}

function run(order: ReaderOrder): void {
  let taken = 0;
  const onTaken = (): void => {
    taken += 1;
    if (taken % order.clients === 0) say({ kind: taken === order.clients ? 'ready' : 'taken' });
  };
  for (let n = 0; n < order.clients; n++) open(order, onTaken);
}

process.on('disconnect', () => process.exit());
run(JSON.parse(process.argv[2] ?? '') as ReaderOrder);
