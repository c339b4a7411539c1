import { register } from '@fairlead/client';
import { echoDefinition } from '@fairlead/sandbox/echo';
import * as grpc from '@grpc/grpc-js';

const CALLS = 60;

/** Registers with a policy, and returns the pods that answer. */
export async function callPods(policy) {
  register({ policy });
  const Echo = grpc.makeClientConstructor(echoDefinition, 'Echo');
  const client = new Echo('k8s:///serv-ca.nspace:8088', grpc.credentials.createInsecure());
  const say = () =>
    new Promise((resolve, reject) => {
      client.Say({ text: 'hello' }, (error, reply) => (error ? reject(error) : resolve(reply.pod)));
    });
  const pods = new Set();
  for (let i = 0; i < CALLS; i++) pods.add(await say());
  client.close();
  return pods;
}
