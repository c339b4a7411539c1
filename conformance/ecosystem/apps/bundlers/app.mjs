import { register } from '@fairlead/client';
import { echoDefinition } from '@fairlead/sandbox/echo';
import * as grpc from '@grpc/grpc-js';

register();
const Echo = grpc.makeClientConstructor(echoDefinition, 'Echo');
const client = new Echo('k8s:///serv-ca.nspace:8088', grpc.credentials.createInsecure());

const say = () =>
  new Promise((resolve, reject) => {
    client.Say({ text: 'hello' }, (error, reply) => (error ? reject(error) : resolve(reply.pod)));
  });

// No await outside of a function: a bundle may be CommonJS.
async function main() {
  for (let i = 0; i < 300; i++) process.stdout.write(`pod ${await say()}\n`);
  client.close();
}

void main();
