// A server as a user writes it: started by sigterm.test.ts, ended by a real signal. Uses the built package.

import { createHealth, createLifecycle } from '@fairlead/server';
import { Server, ServerCredentials } from '@grpc/grpc-js';

const bytes = (value) => value;
const health = createHealth();
const lifecycle = createLifecycle({
  health,
  noticeMs: Number(process.argv[2]),
  graceMs: 300,
  beforeClose: () => void process.stdout.write('beforeClose\n'),
});
const server = new Server(lifecycle.serverOptions);
server.addService(health.definition, health.implementation);
const Say = {
  path: '/test.Echo/Say',
  requestStream: false,
  responseStream: false,
  requestSerialize: bytes,
  requestDeserialize: bytes,
  responseSerialize: bytes,
  responseDeserialize: bytes,
};
server.addService(
  { Say },
  { Say: (call, done) => void setTimeout(() => done(null, call.request), Number(call.request.toString())) },
);
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  lifecycle.attach(server);
  process.stdout.write(`${port}\n`);
});
