import { type ClientHttp2Session, connect } from 'node:http2';
import { CALL_PATH } from '../call-path.js';

const EMPTY_MESSAGE = Buffer.alloc(5);

/** Connects, waits for the server's SETTINGS as gRPC must, makes one call and reads it to its end. */
export function connectAndCall(address: string): Promise<ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    const session = connect(`http://${address}`);
    session.once('error', reject);
    session.once('remoteSettings', () => {
      const stream = session.request({
        ':method': 'POST',
        ':path': CALL_PATH,
        'content-type': 'application/grpc',
        te: 'trailers',
      });
      stream.once('error', reject);
      stream.resume();
      stream.once('end', () => resolve(session));
      stream.end(EMPTY_MESSAGE);
    });
  });
}
