import { connect } from 'node:http2';
import { targetOf } from './orders.js';
import { messageReader, PATHS, requestsOf } from './wire.js';

/** The first response of a control plane for the endpoints of a Service, as a floor is to write it. */
export function firstResponse(port: number, service: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const session = connect(`http://127.0.0.1:${port}`);
    session.once('error', reject);
    const headers = {
      ':method': 'POST',
      ':path': PATHS.sotw,
      'content-type': 'application/grpc',
      te: 'trailers',
    };
    const stream = session.request(headers, { endStream: false });
    const read = messageReader((message) => {
      session.destroy();
      resolve(Buffer.from(message));
    });
    stream.on('data', read);
    stream.on('error', () => {});
    stream.write(requestsOf('sotw', 'endpoints', [targetOf(service)]).first());
  });
}
