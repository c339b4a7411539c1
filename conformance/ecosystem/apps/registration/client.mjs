import { echoDefinition } from '@fairlead/sandbox/echo';
import * as grpc from '@grpc/grpc-js';
import { callTimes } from './caller.cjs';

const Echo = grpc.makeClientConstructor(echoDefinition, 'Echo');
const client = new Echo('k8s:///serv-ca.nspace:8088', grpc.credentials.createInsecure());

export async function call() {
  const say = () =>
    new Promise((resolve, reject) => {
      client.Say({ text: 'hello' }, (error, reply) => (error ? reject(error) : resolve(reply.pod)));
    });
  await callTimes(say, 300);
  const stream = client.Stream();
  let answers = 0;
  stream.on('data', () => {
    answers += 1;
  });
  const ended = new Promise((resolve) => stream.on('end', resolve));
  for (let i = 0; i < 20; i++) stream.write({ text: 'x' });
  stream.end();
  await ended;
  process.stdout.write(`stream ${answers} answers of one pod\n`);
  client.close();
}
