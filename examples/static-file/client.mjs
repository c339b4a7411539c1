import { promisify } from 'node:util';
import { channelOptions, register } from '@fairlead/client';
import { echoDefinition } from '@fairlead/sandbox/echo';
import { credentials, makeClientConstructor } from '@grpc/grpc-js';

register();
const Echo = makeClientConstructor(echoDefinition, 'Echo');
const [, , target, calls] = process.argv;
const options = channelOptions({ policy: 'roundRobin' });
const client = new Echo(target, credentials.createInsecure(), options);

const say = promisify(client.Say).bind(client);
const names = new Set();
for (let i = 0; i < Number(calls); i++) names.add((await say({ text: 'hello' })).pod);
console.log([...names].sort().join(' '));
client.close();
