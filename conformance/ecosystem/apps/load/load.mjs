// Ten calls at a time until standard input ends.
import { register } from '@fairlead/client';
import { echoDefinition } from '@fairlead/sandbox/echo';
import * as grpc from '@grpc/grpc-js';
import { keepCalling } from './caller.cjs';

register();
const Echo = grpc.makeClientConstructor(echoDefinition, 'Echo');
const client = new Echo('k8s:///serv-ca.nspace:8088', grpc.credentials.createInsecure());
const say = () =>
  new Promise((resolve, reject) => {
    client.Say({ text: 'hello' }, (error, reply) => (error ? reject(error) : resolve(reply.pod)));
  });

await Promise.all(Array.from({ length: 10 }, () => keepCalling(say)));
client.close();
