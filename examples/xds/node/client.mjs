import { setTimeout as pause } from 'node:timers/promises';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { register } from '@grpc/grpc-js-xds';

const [, , target, count = '20'] = process.argv;
register();
const client = new Client(target, credentials.createInsecure());
const metadata = new Metadata({ waitForReady: true });
const method = '/grpc.health.v1.Health/Check';
const none = () => Buffer.alloc(0);
// HealthCheckResponse { status = 1 }: SERVING is 1.
const statusIn = (reply) => (reply[1] === 1 ? 'SERVING' : 'NOT_SERVING');

for (let calls = 0; calls < Number(count); calls++) {
  await new Promise((resolve, reject) => {
    const call = client.makeUnaryRequest(method, none, statusIn, undefined, metadata, (error, status) => {
      if (error) return reject(error);
      console.log(status, call.getPeer());
      resolve();
    });
  });
  await pause(100);
}
client.close();
