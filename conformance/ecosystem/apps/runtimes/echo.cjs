// Unary calls and a stream in both directions, over one client.
const grpc = require('@grpc/grpc-js');
const { echoDefinition } = require('@fairlead/sandbox/echo');
const { callTimes } = require('./caller.cjs');

const CALLS = 300;
const MESSAGES = 20;

function chat(client) {
  return new Promise((resolve, reject) => {
    const stream = client.Stream();
    const pods = [];
    stream.on('data', ({ pod }) => pods.push(pod));
    stream.on('error', reject);
    stream.on('end', () => resolve(pods));
    for (let i = 0; i < MESSAGES; i++) stream.write({ text: String(i) });
    stream.end();
  });
}

exports.run = async function run(target = 'k8s:///serv-ca.nspace:8088', options = {}) {
  const Echo = grpc.makeClientConstructor(echoDefinition, 'Echo');
  const client = new Echo(target, grpc.credentials.createInsecure(), options);
  const say = () =>
    new Promise((resolve, reject) => {
      client.Say({ text: 'hello' }, (error, reply) => (error ? reject(error) : resolve(reply.pod)));
    });
  await callTimes(say, CALLS);
  const pods = await chat(client);
  if (new Set(pods).size === 1) process.stdout.write(`stream ${pods.length} answers of one pod\n`);
  client.close();
};
