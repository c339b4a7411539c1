// An echo server with a dependency: it is down while there is a file of the pod's name in the folder of the first
// argument.

import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { echoDefinition } from '@fairlead/sandbox/echo';
import { createHealth, createLifecycle, createProbeServer } from '@fairlead/server';
import { Server, ServerCredentials } from '@grpc/grpc-js';

const pod = process.env.HOSTNAME ?? '';
const trouble = join(process.argv[2] ?? '', pod);

async function isUp() {
  return access(trouble).then(
    () => false,
    () => true,
  );
}

const health = createHealth({
  checks: { dependency: { check: isUp, intervalMs: 200, failuresBeforeDown: 2 } },
});
const lifecycle = createLifecycle({ health, noticeMs: 1000, graceMs: 2000 });
const server = new Server(lifecycle.serverOptions);
server.addService(
  { Say: echoDefinition.Say },
  { Say: ({ request: { text } }, done) => done(null, { text, pod }) },
);
lifecycle.attach(server);
await createProbeServer({ health, port: 8089 }).start();
server.bindAsync('0.0.0.0:8088', ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
});
