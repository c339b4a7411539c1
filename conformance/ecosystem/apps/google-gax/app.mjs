import { register } from '@fairlead/client';
import { GrpcClient } from 'google-gax';
import { keepCalling } from './caller.cjs';

register();
const gax = new GrpcClient();
const { Echo } = gax.loadProto('.', 'echo.proto').fairlead.echo.v1;
const stub = await gax.createStub(Echo, {
  servicePath: 'k8s:///serv-ca.nspace',
  port: 8088,
  sslCreds: gax.grpc.credentials.createInsecure(),
});

const say = () =>
  new Promise((resolve, reject) => {
    stub.Say({ text: 'hello' }, (error, reply) => (error ? reject(error) : resolve(reply.pod)));
  });

await keepCalling(say);
stub.close();
