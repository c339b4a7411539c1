import { register } from '@fairlead/client';
import { InterceptingCall } from '@grpc/grpc-js';
import { Connection } from '@temporalio/client';
import { callTimes } from './caller.cjs';

register({ clusterNames: true });
let peer = '';
/** Notes who answered. */
const notePeer = (options, nextCall) => {
  const call = nextCall(options);
  return new InterceptingCall(call, {
    start(metadata, _listener, next) {
      next(metadata, {
        onReceiveMessage(message, deliver) {
          peer = call.getPeer();
          deliver(message);
        },
      });
    },
  });
};
const connection = Connection.lazy({ address: process.argv[2], interceptors: [notePeer] });
await callTimes(async () => {
  await connection.healthService.check({});
  return peer;
}, 300);
await connection.close();
