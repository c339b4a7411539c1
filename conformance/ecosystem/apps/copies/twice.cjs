// The same version of grpc-js once more, as a nested install leaves it.
const { register } = require('@fairlead/client');
const grpc = require('@grpc/grpc-js');
const { createRequire } = require('node:module');
const { join } = require('node:path');
const { echoDefinition } = require('@fairlead/sandbox/echo');

const other = createRequire(join(__dirname, 'other', 'x.js'))('@grpc/grpc-js');
register();

function say() {
  const Echo = other.makeClientConstructor(echoDefinition, 'Echo');
  const client = new Echo('k8s:///serv-ca.nspace:8088', other.credentials.createInsecure());
  return new Promise((resolve) => {
    client.Say({ text: 'hello' }, (error, reply) => {
      client.close();
      resolve(error ? error.details : `from ${reply.pod}`);
    });
  });
}

function mix() {
  try {
    new grpc.Client('k8s:///serv-ca.nspace:8088', other.credentials.createInsecure());
    return 'nothing';
  } catch (error) {
    return error.message;
  }
}

async function main() {
  process.stdout.write(`credentials of the other copy: ${mix()}\n`);
  process.stdout.write(`${await say()}\n`);
  register({ grpc: other });
  process.stdout.write(`${await say()}\n`);
}

void main();
