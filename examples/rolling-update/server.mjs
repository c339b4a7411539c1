import { echoDefinition } from '@fairlead/sandbox/echo';
import { createHealth, createLifecycle } from '@fairlead/server';
import { Server, ServerCredentials } from '@grpc/grpc-js';

const health = createHealth();
const lifecycle = createLifecycle({ health, noticeMs: 1000, graceMs: 10_000 });
const server = new Server(lifecycle.serverOptions);
server.addService(health.definition, health.implementation);
server.addService(
  { Say: echoDefinition.Say },
  { Say: ({ request }, done) => done(null, { text: request.text, pod: process.env.HOSTNAME }) },
);
server.bindAsync('0.0.0.0:8088', ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
  lifecycle.attach(server); // SIGTERM: not serving → notice → GOAWAY → grace → exit 0
});
