import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ExecClient, openExec } from './exec-client.js';
import {
  condition,
  pidOf,
  pod,
  putPod,
  type Rig,
  runs,
  STAY,
  startRig,
  until,
  upScript,
} from './node-agent-rig.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
  putPod(rig.kube, 'stays', {
    containers: [upScript(STAY, { env: [{ name: 'GREETING', value: 'hello' }] })],
  });
  putPod(rig.kube, 'waits', { containers: [{ name: 'app', image: 'unknown' }] });
  await until(() => condition(rig.kube, 'stays', 'Ready') === 'True');
});
afterAll(() => rig.close());

/** Asks the agent for a command, as the API server does. */
function exec(
  argv: readonly string[],
  flags: string,
  target = 'default/stays/app',
  protocols?: string[],
): Promise<ExecClient> {
  const query = new URLSearchParams(flags);
  for (const word of argv) query.append('command', word);
  const { certificatePem: cert, keyPem: key } = rig.apiServer;
  const url = `wss://${rig.range.nodeHost(1)}:${rig.agent.port}/exec/${target}?${query}`;
  return openExec(url, { ca: rig.ca, cert, key, ...(protocols ? { protocols } : {}) });
}

const shell = (line: string, flags = 'output=1&error=1', target?: string): Promise<ExecClient> =>
  exec(['sh', '-c', line], flags, target);

it('runs a command in the surroundings of its container, and tells its output and exit code', async () => {
  const client = await shell('echo "$GREETING from $POD_IP"; echo trouble >&2; exit 3');
  expect(client.protocol).toBe('v5.channel.k8s.io');
  const podIP = pod(rig.kube, 'stays')?.status?.podIP;
  expect(await client.ended).toEqual({
    stdout: `hello from ${podIP}\n`,
    stderr: 'trouble\n',
    status: {
      metadata: {},
      status: 'Failure',
      reason: 'NonZeroExitCode',
      message: 'command terminated with non-zero exit code: command terminated with exit code 3',
      details: { causes: [{ reason: 'ExitCode', message: '3' }] },
    },
  });
});

it('passes input on until the client closes it', async () => {
  const client = await exec(['cat'], 'input=1&output=1');
  client.send(0, 'one ');
  client.send(0, 'two');
  client.send(255, Buffer.of(0));
  expect(await client.ended).toMatchObject({ stdout: 'one two', status: { status: 'Success' } });
});

it('ends a command that leaves its input unread, however much of it there is', async () => {
  const client = await shell('echo done', 'input=1&output=1');
  for (let piece = 0; piece < 64; piece++) client.send(0, Buffer.alloc(64 * 1024));
  expect(await client.ended).toMatchObject({ stdout: 'done\n', status: { status: 'Success' } });
});

it('sends all of a large output', async () => {
  const client = await exec(['node', '-e', "process.stdout.write('x'.repeat(5e6))"], 'output=1');
  const { stdout, status } = await client.ended;
  expect([stdout.length, status.status]).toEqual([5e6, 'Success']);
});

it('says that a command cannot be found', async () => {
  const { status } = await (await exec(['no-such-command'], 'output=1')).ended;
  expect(status).toMatchObject({
    status: 'Failure',
    message:
      'Internal error occurred: error executing command in container: exec: "no-such-command": executable file not found in $PATH',
  });
});

/** Makes the terminals; part of util-linux. */
const hasScript = (process.env.PATH ?? '')
  .split(delimiter)
  .some((folder) => existsSync(join(folder, 'script')));

it.skipIf(!hasScript)(
  'runs a command on a terminal that has the size of the client’s, and another one later',
  async () => {
    const client = await exec(['sh'], 'input=1&output=1&tty=1');
    client.send(4, '{"Width":81,"Height":33}\n');
    const shows = async (size: string): Promise<void> => {
      await until(() => {
        client.send(0, 'stty size\n');
        return client.stdout().includes(size);
      });
    };
    await shows('33 81');
    client.send(4, '{"Width":100,"Height":40}\n');
    await shows('40 100');
    client.send(0, 'test -t 0 && exit 5\n');
    expect((await client.ended).status.details.causes).toEqual([{ reason: 'ExitCode', message: '5' }]);
  },
);

it('ends a command whose client has left', async () => {
  const client = await shell('echo $$; exec sleep 1000', 'output=1');
  await until(() => client.stdout().includes('\n'));
  const pid = Number(client.stdout());
  expect(runs(pid)).toBe(true);
  client.leave();
  await until(() => !runs(pid));
});

it('ends a command with its container', async () => {
  putPod(rig.kube, 'ends', { containers: [upScript(STAY)], restartPolicy: 'Never' });
  await until(() => condition(rig.kube, 'ends', 'Ready') === 'True');
  const client = await shell('exec sleep 1000', 'output=1', 'default/ends/app');
  process.kill(pidOf(pod(rig.kube, 'ends')), 'SIGKILL');
  expect((await client.ended).status.details.causes).toEqual([{ reason: 'ExitCode', message: '137' }]);
});

it.each([
  ['default/nobody/app', 'output=1', 404, 'pod does not exist'],
  ['default/stays/wrong-uid/app', 'output=1', 404, 'pod does not exist'],
  ['default/stays/other', 'output=1', 500, 'container not found ("other")'],
  ['default/waits/app', 'output=1', 500, 'container not found ("app")'],
  ['default/stays/app', 'tty=1&error=1', 400, 'you must specify at least 1 of stdin, stdout, stderr'],
  ['default/stays', 'output=1', 404, '404 page not found'],
])('refuses %s?%s', async (target, flags, code, message) => {
  await expect(shell('true', flags, target)).rejects.toMatchObject({ code, message: `${message}\n` });
});

it('refuses protocols that it does not speak', async () => {
  await expect(exec(['true'], 'output=1', undefined, ['base64.channel.k8s.io'])).rejects.toMatchObject({
    code: 403,
    message: expect.stringContaining(
      'client supports [base64.channel.k8s.io], server accepts [v5.channel.k8s.io',
    ),
  });
});
