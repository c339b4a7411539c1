import { echoDefinition } from '@fairlead/sandbox/echo';
import { Server, ServerCredentials } from '@grpc/grpc-js';

const [, , name, address] = process.argv;
const server = new Server();
server.addService(
  { Say: echoDefinition.Say },
  { Say: ({ request }, done) => done(null, { text: request.text, pod: name }) },
);
server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(`${name} listens on port ${port}`);
});
