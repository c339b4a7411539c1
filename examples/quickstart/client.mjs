import { register } from '@fairlead/client';
import { echoDefinition } from '@fairlead/sandbox/echo';
import { credentials, makeClientConstructor } from '@grpc/grpc-js';

register();
const EchoClient = makeClientConstructor(echoDefinition, 'Echo');
const client = new EchoClient('k8s:///serv-ca.nspace:8088', credentials.createInsecure());
client.Say({ text: 'hello' }, (error, reply) => {
  console.log(error?.details ?? reply);
  client.close();
});
