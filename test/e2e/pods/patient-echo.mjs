// An echo server with the notice that production uses, so that clients which learn late still find it.

import { echoDefinition } from '@fairlead/sandbox/echo';
import { createHealth, createLifecycle } from '@fairlead/server';
import { Server, ServerCredentials } from '@grpc/grpc-js';

const health = createHealth();
const lifecycle = createLifecycle({ health, noticeMs: 5000, graceMs: 2000 });
const server = new Server(lifecycle.serverOptions);
const pod = process.env.HOSTNAME ?? '';
server.addService(health.definition, health.implementation);
server.addService(echoDefinition, {
  Say: (call, done) => done(null, { text: call.request.text, pod }),
  Stream(call) {
    call.on('data', ({ text }) => call.write({ text, pod }));
    call.on('end', () => call.end());
  },
});
server.bindAsync('0.0.0.0:8088', ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
  lifecycle.attach(server);
});
