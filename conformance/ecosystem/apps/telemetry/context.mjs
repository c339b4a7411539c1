// A request's store must not live on in the watch that its call has started.
import { AsyncLocalStorage } from 'node:async_hooks';
import { register } from '@fairlead/client';
import { echoDefinition } from '@fairlead/sandbox/echo';
import * as grpc from '@grpc/grpc-js';
import { keepCalling } from './caller.cjs';

const requests = new AsyncLocalStorage();
const changes = new Set();
const note = () => changes.add(String(requests.getStore()));
register({ logger: { debug: note, info: note, warn: note, error: note } });
const Echo = grpc.makeClientConstructor(echoDefinition, 'Echo');

const client = requests.run('request-1', () => {
  const made = new Echo('k8s:///serv-ca.nspace:8088', grpc.credentials.createInsecure());
  made.Say({ text: 'first' }, () => {});
  return made;
});
const say = () =>
  new Promise((resolve, reject) => {
    client.Say({ text: 'hello' }, (error, reply) => (error ? reject(error) : resolve(reply.pod)));
  });

await keepCalling(say);
process.stdout.write(`stores ${[...changes].join(' ')}\n`);
client.close();
