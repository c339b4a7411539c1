import { promisify } from 'node:util';
import { register } from '@fairlead/client';
import { echoDefinition } from '@fairlead/sandbox/echo';
import { startSandbox } from '@fairlead/sandbox/testing';
import { credentials, makeClientConstructor, Server, ServerCredentials } from '@grpc/grpc-js';
import { test as base, expect } from 'vitest';

register();
const Echo = makeClientConstructor(echoDefinition, 'Echo');

const test = base.extend({
  sandbox: [
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads which fixtures a fixture needs
    async ({}, use) => {
      const sandbox = await startSandbox();
      await use(sandbox);
      await sandbox.close();
    },
    { scope: 'worker' },
  ],
});

/** The server under test, as the pod that it is told to be. */
async function serve({ name, ip, port }) {
  const server = new Server();
  server.addService(
    { Say: echoDefinition.Say },
    { Say: ({ request }, done) => done(null, { text: request.text, pod: name }) },
  );
  await promisify(server.bindAsync).call(server, `${ip}:${port}`, ServerCredentials.createInsecure());
  return server;
}

/** The pods that answer twenty calls. */
async function podsOf(client) {
  const say = promisify(client.Say).bind(client);
  const replies = await Promise.all(Array.from({ length: 20 }, () => say({ text: 'hi' })));
  return [...new Set(replies.map(({ pod }) => pod))];
}

test('a new pod gets calls', async ({ sandbox }) => {
  const echo = await sandbox.deploy({ name: 'echo', replicas: 3, serve });
  const client = new Echo(echo.target, credentials.createInsecure(), sandbox.channelOptions);
  await expect.poll(() => podsOf(client)).toHaveLength(3);
  await echo.scale(5);
  await expect.poll(() => podsOf(client)).toHaveLength(5);
  client.close();
});

test('a pod that is not ready gets none', async ({ sandbox }) => {
  const echo = await sandbox.deploy({ name: 'unready', replicas: 2, serve });
  const client = new Echo(echo.target, credentials.createInsecure(), sandbox.channelOptions);
  const [pod, other] = echo.pods;
  await pod.setReady(false);
  await expect.poll(() => podsOf(client)).toEqual([other.name]);
  client.close();
});
