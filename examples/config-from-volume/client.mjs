// Calls one pod after the other and prints a line whenever they begin to take turns, or cease to.
import { setTimeout } from 'node:timers/promises';
import { register } from '@fairlead/client';
import { echoDefinition } from '@fairlead/sandbox/echo';
import { credentials, makeClientConstructor } from '@grpc/grpc-js';

/** So many calls in a row that take turns are no chance. */
const WATCHED = 12;
const BETWEEN_MS = 20;

// A sandbox without mount namespaces has a pod's volumes under POD_ROOT; elsewhere there is no such variable.
const { POD_ROOT = '' } = process.env;
register({ configPath: `${POD_ROOT}/etc/fairlead/clients` });
const EchoClient = makeClientConstructor(echoDefinition, 'Echo');
const client = new EchoClient('k8s:///serv-ca.nspace:8088', credentials.createInsecure());

/** The pod that answered. */
const say = () =>
  new Promise((resolve, reject) => {
    client.Say({ text: 'hello' }, (error, reply) => (error ? reject(error) : resolve(reply.pod)));
  });

let seen = [];
let told;
for (;;) {
  seen = [...seen, await say()].slice(-WATCHED);
  const pods = new Set(seen).size;
  const inTurn = seen.every((pod, at) => at < pods || pod === seen[at - pods]);
  const what = inTurn ? 'the pods take turns' : 'the pods are chosen by their load';
  if (seen.length === WATCHED && what !== told) {
    console.log(what);
    told = what;
  }
  await setTimeout(BETWEEN_MS);
}
