import { createHealth, createLifecycle } from '@fairlead/server';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { feed, newest } from './feed.mjs';

const pod = process.env.HOSTNAME;
/** What each open stream has sent. */
const sent = new Map();

function send(call) {
  for (let number = sent.get(call) + 1; number <= newest(); number++) {
    call.write({ number, pod });
    sent.set(call, number);
  }
}

function Follow(call) {
  sent.set(call, call.request.after);
  call.on('close', () => sent.delete(call));
  call.on('cancelled', () => sent.delete(call));
  send(call);
}

setInterval(() => {
  for (const call of sent.keys()) send(call);
}, 100);

const health = createHealth();
const lifecycle = createLifecycle({ health, noticeMs: 3000, graceMs: 10_000 });
const server = new Server(lifecycle.serverOptions);
server.addService(health.definition, health.implementation);
server.addService(feed, { Follow });
server.bindAsync('0.0.0.0:8088', ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
  lifecycle.attach(server);
});
