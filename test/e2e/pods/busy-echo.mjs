// An echo server whose every call costs CPU time.

import { echoDefinition } from '@fairlead/sandbox/echo';
import { createHealth, createLifecycle } from '@fairlead/server';
import { Server, ServerCredentials } from '@grpc/grpc-js';

const BURN_MS = 3;

/** Uses that much CPU time, however long it takes on a busy machine. */
function burn() {
  const start = process.cpuUsage();
  for (;;) {
    const { user, system } = process.cpuUsage(start);
    if (user + system >= BURN_MS * 1000) return;
  }
}

const health = createHealth();
const lifecycle = createLifecycle({ health, noticeMs: 1000, graceMs: 2000 });
const server = new Server(lifecycle.serverOptions);
const pod = process.env.HOSTNAME ?? '';
server.addService(health.definition, health.implementation);
server.addService(echoDefinition, {
  Say(call, done) {
    burn();
    done(null, { text: call.request.text, pod });
  },
  Stream(call) {
    call.on('end', () => call.end());
  },
});
server.bindAsync('0.0.0.0:8088', ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
  lifecycle.attach(server);
});
