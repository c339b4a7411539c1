import { register } from '@fairlead/client';
import { echoDefinition } from '@fairlead/sandbox/echo';
import { credentials, makeClientConstructor } from '@grpc/grpc-js';

register();
const Echo = makeClientConstructor(echoDefinition, 'Echo');
const client = new Echo('k8s:///shop.default:8088', credentials.createInsecure());
const pods = new Set();
let failed = 0;

/** Once all pods have answered, old and new, the calls go on until the last old one has drained. */
function end() {
  clearInterval(timer);
  console.log(`${failed} failed, ${pods.size} pods`);
  client.close();
}

const timer = setInterval(() => {
  client.Say({ text: 'hello' }, { deadline: Date.now() + 10_000 }, (error, reply) => {
    if (error) failed++;
    else if (!pods.has(reply.pod)) {
      pods.add(reply.pod);
      if (pods.size === 3) console.log('calling three pods');
      if (pods.size === 6) setTimeout(end, 3000);
    }
  });
}, 5);
