import { register } from '@fairlead/client';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { keepCalling } from './caller.cjs';

register();
const { Echo } = grpc.loadPackageDefinition(loadSync('echo.proto')).fairlead.echo.v1;
const client = new Echo('k8s:///serv-ca.nspace:8088', grpc.credentials.createInsecure());

const say = () =>
  new Promise((resolve, reject) => {
    client.Say({ text: 'hello' }, (error, reply) => (error ? reject(error) : resolve(reply.pod)));
  });

await keepCalling(say);
client.close();
