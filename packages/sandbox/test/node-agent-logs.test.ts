import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import {
  condition,
  pod,
  putPod,
  type Rig,
  STAY,
  script,
  startRig,
  until,
  upScript,
} from './node-agent-rig.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

interface Answer {
  readonly status: number;
  readonly text: string;
}

type Seen = (text: string, response: IncomingMessage) => void;

/** Asks the node for a log, as the API server does; `seen` is called with what has come so far. */
function get(path: string, seen: Seen = () => {}, tls: object = {}): Promise<Answer> {
  const { certificatePem: cert, keyPem: key } = rig.apiServer;
  const options = { host: rig.range.nodeHost(1), port: rig.agent.port, path, agent: false };
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, ca: rig.ca, cert, key, ...tls }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        seen(text, response);
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end();
  });
}

const log = (name: string, query = '', seen?: Seen) =>
  get(`/containerLogs/default/${name}/app?${query}`, seen);

const shows = (name: string, text: string): Promise<void> =>
  vi.waitFor(async () => expect((await log(name)).text).toContain(text), { timeout: 10_000, interval: 10 });

it('serves a log: all of it, its tail, with timestamps, limited, and since a moment', async () => {
  const code = `for (let n = 1; n <= 5; n++) console.log('line ' + n); console.error('last'); ${STAY}`;
  putPod(rig.kube, 'talks', { containers: [upScript(code)] });
  await until(() => condition(rig.kube, 'talks', 'Ready') === 'True');
  await shows('talks', 'last');
  const all = 'line 1\nline 2\nline 3\nline 4\nline 5\nlast\n';
  expect([...(await log('talks')).text.split('\n')].sort()).toEqual(all.split('\n').sort());
  expect((await log('talks', 'tailLines=0')).text).toBe('');
  expect((await log('talks', 'tailLines=2')).text.split('\n')).toHaveLength(3);
  expect((await log('talks', 'limitBytes=8')).text).toHaveLength(8);
  expect((await log('talks', 'timestamps=true&tailLines=1')).text).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z \w/);
  expect((await log('talks', 'sinceSeconds=3600')).text).toHaveLength(all.length);
  expect((await log('talks', `sinceTime=${new Date(Date.now() + 3_600_000).toISOString()}`)).text).toBe('');
});

it('follows a log until the container ends, without a gap', async () => {
  const code = `let n = 0; const timer = setInterval(() => { console.log('tick ' + ++n); if (n === 40) clearInterval(timer); }, 5)`;
  putPod(rig.kube, 'ticks', { restartPolicy: 'Never', containers: [script(code)] });
  await shows('ticks', 'tick 3');
  let seen = '';
  const answer = await log('ticks', 'follow=true', (text) => {
    seen = text;
  });
  expect(seen).toBe(answer.text);
  expect(answer.text).toBe(Array.from({ length: 40 }, (_, index) => `tick ${index + 1}\n`).join(''));
});

it('waits for a slow reader, and then sends all that is kept', async () => {
  const lines = 60_000;
  const code = `let text = ''; for (let n = 0; n < ${lines}; n++) text += 'a line of some length ' + n + '\\n'; process.stdout.write(text)`;
  putPod(rig.kube, 'flood', { restartPolicy: 'Never', containers: [script(code)] });
  await until(() => pod(rig.kube, 'flood')?.status?.phase === 'Running');
  let held = false;
  const answer = await get('/containerLogs/default/flood/app?follow=true', async (_text, response) => {
    if (held) return;
    held = true;
    response.pause();
    await until(() => pod(rig.kube, 'flood')?.status?.phase === 'Succeeded');
    response.resume();
  });
  expect(answer.text.split('\n')).toHaveLength(lines + 1);
  expect(answer.text.endsWith(`length ${lines - 1}\n`)).toBe(true);
});

it('serves the log of the run before', async () => {
  const code = `
    const fs = require('node:fs');
    const file = process.env.POD_ROOT + '/run';
    const run = fs.existsSync(file) ? 2 : 1;
    fs.writeFileSync(file, '');
    console.log('run ' + run);
    if (run === 1) process.exitCode = 1; else { ${STAY} }`;
  putPod(rig.kube, 'twice', { containers: [script(code)] });
  await shows('twice', 'run 2');
  expect((await log('twice', 'previous=true')).text).toBe('run 1\n');
});

it('refuses in the words of the kubelet', async () => {
  putPod(rig.kube, 'quiet', { containers: [script(STAY)] });
  putPod(rig.kube, 'waits', { containers: [{ name: 'app', image: 'unknown' }] });
  await until(() => condition(rig.kube, 'quiet', 'Ready') === 'True');
  await until(
    () =>
      pod(rig.kube, 'waits')?.status?.containerStatuses?.[0]?.state.waiting?.reason === 'ImagePullBackOff',
  );
  const table: [string, number, string][] = [
    ['/containerLogs/default/nobody/app', 404, 'pod "nobody" does not exist\n'],
    ['/containerLogs/default/quiet/other', 404, 'container "other" not found in pod "quiet"\n'],
    [
      '/containerLogs/default/quiet/app?previous=true',
      400,
      'previous terminated container "app" in pod "quiet" not found\n',
    ],
    [
      '/containerLogs/default/waits/app',
      400,
      'container "app" in pod "waits" is waiting to start: trying and failing to pull image\n',
    ],
    [
      '/containerLogs/default/quiet/app?tailLines=x',
      400,
      'tailLines "x": accepted is a whole number from 0 on\n',
    ],
    ['/containerLogs/default/quiet', 404, '404 page not found\n'],
    ['/containerLogs/default/quiet/%ff', 400, 'URI malformed\n'],
    ['/healthz', 200, 'ok'],
  ];
  for (const [path, status, text] of table) expect([path, await get(path)]).toEqual([path, { status, text }]);
});

it('answers nobody without a certificate of the API server', async () => {
  await expect(get('/healthz', undefined, { cert: undefined, key: undefined })).rejects.toThrow();
});
