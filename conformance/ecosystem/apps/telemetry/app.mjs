import { peerAttributes } from '@fairlead/client';
import { echoDefinition } from '@fairlead/sandbox/echo';
import * as grpc from '@grpc/grpc-js';

const Echo = grpc.makeClientConstructor(echoDefinition, 'Echo');
const client = new Echo('k8s:///serv-ca.nspace:8088', grpc.credentials.createInsecure(), {
  interceptors: [peerAttributes()],
});
await new Promise((resolve, reject) => {
  client.Say({ text: 'hello' }, (error, { pod } = {}) => {
    if (error) return reject(error);
    process.stdout.write(`pod ${pod}\n`);
    resolve();
  });
});
client.close();
