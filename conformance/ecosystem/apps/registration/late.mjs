// One client is made too early; the next one is not harmed.
import { register } from '@fairlead/client';
import * as grpc from '@grpc/grpc-js';
import echo from './echo.cjs';

const early = new grpc.Client('k8s:///serv-ca.nspace:8088', grpc.credentials.createInsecure());
register();
await new Promise((resolve) => {
  early.makeUnaryRequest(
    '/x/Y',
    (value) => value,
    (value) => value,
    Buffer.alloc(0),
    ({ details }) => {
      process.stdout.write(`early: ${details}\n`);
      resolve();
    },
  );
});
early.close();
await echo.run();
