import { register } from '@fairlead/client';
import { loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { createChannel, createClientFactory } from 'nice-grpc';
import { deadlineMiddleware } from 'nice-grpc-client-middleware-deadline';
import { retryMiddleware } from 'nice-grpc-client-middleware-retry';
import { keepCalling } from './caller.cjs';

register();
const { Echo } = loadPackageDefinition(loadSync('echo.proto')).fairlead.echo.v1;
const channel = createChannel('k8s:///serv-ca.nspace:8088');
const client = createClientFactory()
  .use(retryMiddleware)
  .use(deadlineMiddleware)
  .create(Echo.service, channel, { '*': { deadline: 10_000, retry: true } });

await keepCalling(async () => (await client.Say({ text: 'hello' })).pod);
channel.close();
