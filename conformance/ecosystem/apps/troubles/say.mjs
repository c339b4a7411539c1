// One call; the target, the channel's options and the options of register() are arguments.
import { channelOptions, register } from '@fairlead/client';
import { echoDefinition } from '@fairlead/sandbox/echo';
import * as grpc from '@grpc/grpc-js';

const [target, options = '{}', registered = '{}'] = process.argv.slice(2);
try {
  register(JSON.parse(registered));
  const Echo = grpc.makeClientConstructor(echoDefinition, 'Echo');
  const given = options === 'channelOptions()' ? channelOptions() : JSON.parse(options);
  const client = new Echo(target, grpc.credentials.createInsecure(), given);
  client.Say({ text: 'hello' }, { deadline: Date.now() + 15_000 }, (error, reply) => {
    process.stdout.write(error ? `call: ${error.details}` : `from ${reply.pod}`);
    client.close();
  });
} catch (error) {
  process.stdout.write(`thrown: ${error.message}`);
}
