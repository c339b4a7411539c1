import { register } from '@fairlead/client';
import { credentials } from '@grpc/grpc-js';
import { GrpcTransport } from '@protobuf-ts/grpc-transport';
import { keepCalling } from './caller.cjs';
import { EchoClient } from './echo.client.mjs';

register();
const transport = new GrpcTransport({
  host: 'k8s:///serv-ca.nspace:8088',
  channelCredentials: credentials.createInsecure(),
});
const client = new EchoClient(transport);

await keepCalling(async () => (await client.say({ text: 'hello' }).response).pod);
transport.close();
