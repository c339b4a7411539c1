import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { openExec } from './exec-client.js';
import {
  condition,
  pidOf,
  pod,
  putPod,
  type Rig,
  STAY,
  script,
  startRig,
  until,
  upScript,
} from './node-agent-rig.js';
import { openRawWebSocket } from './raw-websocket.js';
import { type ClientStream, openSpdy, SpdyClient } from './spdy-client.js';

/** Listens on 8080 and says back what it hears. */
const ECHO = "require('node:net').createServer((socket) => socket.pipe(socket)).listen(8080, '0.0.0.0')";
/** Says what it reads, and ends with its input. */
const READS =
  "process.stdin.on('data', (text) => console.log('read ' + text)); process.stdin.on('end', () => process.exit(0))";

let rig: Rig;
const clients: SpdyClient[] = [];
beforeAll(async () => {
  rig = await startRig();
  putPod(rig.kube, 'stays', { containers: [upScript(`${STAY}; ${ECHO}`)] });
  await until(() => condition(rig.kube, 'stays', 'Ready') === 'True');
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});
afterAll(() => rig.close());

const COMMAND = 'v4.channel.k8s.io, v3.channel.k8s.io, v2.channel.k8s.io, channel.k8s.io';
const tls = () => ({ ca: rig.ca, cert: rig.apiServer.certificatePem, key: rig.apiServer.keyPem });
const url = (scheme: string, path: string): string =>
  `${scheme}://${rig.range.nodeHost(1)}:${rig.agent.port}${path}`;

async function connect(path: string, protocols = COMMAND, upgrade?: string): Promise<SpdyClient> {
  const asked = { url: url('https', path), protocols, tls: tls(), ...(upgrade ? { upgrade } : {}) };
  const client = await openSpdy(asked);
  clients.push(client);
  return client;
}

const running = (name: string) => until(() => pod(rig.kube, name)?.status?.phase === 'Running');

it('runs a command with input, both outputs and an exit code', async () => {
  const client = await connect(
    `/exec/default/stays/app?input=1&output=1&error=1&command=sh&command=-c&command=${encodeURIComponent('cat; echo no >&2; exit 4')}`,
  );
  expect(client.protocol).toBe('v4.channel.k8s.io');
  const [error, stdin, stdout, stderr] = [
    await client.open({ streamtype: 'error' }),
    await client.open({ streamtype: 'stdin' }),
    await client.open({ streamtype: 'stdout' }),
    await client.open({ streamtype: 'stderr' }),
  ];
  client.send(stdin, 'some ');
  client.send(stdin, 'words', true);
  await client.closed;
  expect([stdout.text, stderr.text, JSON.parse(error.text).details.causes, client.goneAway]).toEqual([
    'some words',
    'no\n',
    [{ reason: 'ExitCode', message: '4' }],
    true,
  ]);
});

it('attaches to what a container writes from now on, and ends with it', async () => {
  const code = "let n = 0; setInterval(() => console.log('tick ' + n++), 5)";
  putPod(rig.kube, 'ticks', { restartPolicy: 'Never', containers: [script(code)] });
  await running('ticks');
  const client = await connect('/attach/default/ticks/app?output=1');
  const error = await client.open({ streamtype: 'error' });
  const stdout = await client.open({ streamtype: 'stdout' });
  await until(() => stdout.text.split('\n').length > 3);
  expect(stdout.text).toMatch(/^(tick \d+\n)+$/);
  process.kill(pidOf(pod(rig.kube, 'ticks')), 'SIGKILL');
  await client.closed;
  expect(JSON.parse(error.text)).toEqual({ metadata: {}, status: 'Success' });
});

it.each([true, false])('gives a container the input of those who attach; stdinOnce %s', async (stdinOnce) => {
  const name = `reads-${stdinOnce}`;
  putPod(rig.kube, name, { restartPolicy: 'Never', containers: [script(READS, { stdin: true, stdinOnce })] });
  await running(name);
  const attach = async (text: string): Promise<void> => {
    const query = `/attach/default/${name}/app?input=1&output=1`;
    const client = await openExec(url('wss', query), tls());
    client.send(0, text);
    await until(() => client.stdout().includes(`read ${text}`));
    client.send(255, Buffer.of(0));
    client.leave();
    await client.ended;
  };
  await attach('one');
  if (stdinOnce) {
    await until(() => pod(rig.kube, name)?.status?.phase === 'Succeeded');
    return;
  }
  await attach('two');
  expect(pod(rig.kube, name)?.status?.phase).toBe('Running');
});

/** Both ways to forward ports. */
const FORWARDS: readonly [string, () => Promise<SpdyClient>][] = [
  ['SPDY', () => connect('/portForward/default/stays', 'portforward.k8s.io')],
  [
    'SPDY in a WebSocket',
    async () => {
      const socket = await openRawWebSocket(url('https', '/portForward/default/stays'), {
        ...tls(),
        protocol: 'SPDY/3.1+portforward.k8s.io',
      });
      const client = new SpdyClient(socket);
      clients.push(client);
      return client;
    },
  ],
];

it.each(FORWARDS)('forwards several connections at a time by %s', async (_name, open) => {
  const client = await open();
  const pairs: { error: ClientStream; data: ClientStream }[] = [];
  for (const requestid of ['0', '1', '2']) {
    const headers = { port: '8080', requestid };
    const error = await client.open({ streamtype: 'error', ...headers }, 1);
    pairs.push({ error, data: await client.open({ streamtype: 'data', ...headers }) });
  }
  for (const [index, { data }] of pairs.entries()) client.send(data, String(index).repeat(200_000));
  await until(() => pairs.every(({ data }) => data.text.length === 200_000));
  expect(pairs.map(({ data }) => new Set(data.text))).toEqual([new Set('0'), new Set('1'), new Set('2')]);
  for (const { data } of pairs) client.send(data, '', true);
  await until(() => pairs.every(({ data, error }) => data.ended && error.ended));
  expect(pairs.map(({ error }) => error.text)).toEqual(['', '', '']);
});

it('says why a port cannot be reached, and refuses streams that make no pair', async () => {
  const client = await connect('/portForward/default/stays', 'portforward.k8s.io');
  const error = await client.open({ streamtype: 'error', port: '9', requestid: '0' }, 1);
  await client.open({ streamtype: 'data', port: '9', requestid: '0' });
  const { uid } = pod(rig.kube, 'stays')!.metadata;
  await until(() => error.ended);
  expect(error.text).toMatch(
    new RegExp(`^error forwarding port 9 to pod stays_default, uid ${uid}: connect ECONNREFUSED`),
  );
  const refused = [
    await client.open({ streamtype: 'data', port: '70000', requestid: '1' }),
    await client.open({ streamtype: 'data', requestid: '1' }),
    await client.open({ streamtype: 'stdout', port: '80', requestid: '1' }),
  ];
  await client.open({ streamtype: 'data', port: '8080', requestid: '2' });
  refused.push(await client.open({ streamtype: 'data', port: '8080', requestid: '2' }));
  await until(() => refused.every(({ reset }) => reset));
});

it('ends a forward with its pod', async () => {
  putPod(rig.kube, 'goes', { restartPolicy: 'Never', containers: [script(STAY)] });
  await running('goes');
  const client = await connect('/portForward/default/goes', 'portforward.k8s.io');
  process.kill(pidOf(pod(rig.kube, 'goes')), 'SIGKILL');
  await client.closed;
  expect(client.goneAway).toBe(true);
});

it('carries so many sessions and no more, until one of them ends', async () => {
  const open = () => connect('/portForward/default/stays', 'portforward.k8s.io');
  // Sessions of the tests before may still be ending.
  const openSoon = () => vi.waitFor(open, { timeout: 10_000, interval: 10 });
  while (clients.length < 128) await openSoon();
  await expect(open()).rejects.toThrow('429 too many streams: 128 are open on this node');
  clients[0]?.close();
  await openSoon();
});

it.each([
  [
    '/exec/default/stays/app?output=1&command=true',
    COMMAND,
    'h2c',
    '400 unable to upgrade to "h2c": accepted are SPDY/3.1 and websocket',
  ],
  [
    '/exec/default/stays/app?output=1&command=true',
    'channel.k8s.io',
    undefined,
    '403 unable to upgrade: unable to negotiate protocol: client supports [channel.k8s.io], server accepts [v5.channel.k8s.io v4.channel.k8s.io]',
  ],
  [
    '/exec/default/stays/app?output=1',
    COMMAND,
    undefined,
    '400 you must specify at least one command for the container',
  ],
  [
    '/attach/default/stays/other?output=1',
    COMMAND,
    undefined,
    '500 container other not found in pod stays_default',
  ],
  ['/portForward/default/nobody', 'portforward.k8s.io', undefined, '404 pod does not exist'],
  ['/elsewhere/default/stays/app', COMMAND, undefined, '404 404 page not found'],
  ['/exec/%ff/stays/app', COMMAND, undefined, '400 URI malformed'],
])('refuses %s for %s', async (path, protocols, upgrade, message) => {
  await expect(connect(path, protocols, upgrade)).rejects.toThrow(message);
});
