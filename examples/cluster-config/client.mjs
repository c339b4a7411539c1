// Calls one pod after the other and prints a line whenever they begin to take turns, or cease to.
import { register } from '@fairlead/client';
import { echoDefinition } from '@fairlead/sandbox/echo';
import { credentials, makeClientConstructor } from '@grpc/grpc-js';

/** So many calls in a row that take turns are no chance. */
const WATCHED = 12;
const BETWEEN_MS = 20;

register({ clusterConfig: { configMap: 'clients' } });
const EchoClient = makeClientConstructor(echoDefinition, 'Echo');
const client = new EchoClient('k8s:///serv-ca.nspace:8088', credentials.createInsecure());

/** The pod that answered. */
const say = () =>
  new Promise((resolve, reject) => {
    client.Say({ text: 'hello' }, (error, reply) => (error ? reject(error) : resolve(reply.pod)));
  });

let seen = [];
let told;
setInterval(async () => {
  const pod = await say();
  seen = [...seen, pod].slice(-WATCHED);
  if (seen.length < WATCHED) return;
  const pods = new Set(seen).size;
  const inTurn = seen.every((each, at) => at < pods || each === seen[at - pods]);
  const what = inTurn ? 'the pods take turns' : 'the pods are chosen by their load';
  if (what !== told) console.log(what);
  told = what;
}, BETWEEN_MS);
