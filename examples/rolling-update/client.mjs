import { register } from '@fairlead/client';
import { echoDefinition } from '@fairlead/sandbox/echo';
import { credentials, makeClientConstructor } from '@grpc/grpc-js';

register();
const Echo = makeClientConstructor(echoDefinition, 'Echo');
const client = new Echo('k8s:///shop.default:8088', credentials.createInsecure());
const pods = new Set();
let failed = 0;

const timer = setInterval(() => {
  client.Say({ text: 'hello' }, { deadline: Date.now() + 10_000 }, (error, reply) => {
    if (error) failed++;
    else if (!pods.has(reply.pod) && pods.add(reply.pod).size === 3) console.log('calling three pods');
  });
}, 5);

process.once('SIGINT', () => {
  clearInterval(timer);
  console.log(`${failed} failed, ${pods.size} pods`);
  client.close();
});
