import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../src/clock.js';
import type { ClusterAccess } from '../src/kubernetes/access/access.js';
import type { ExecConfig } from '../src/kubernetes/access/exec-config.js';
import { createExecPlugin } from '../src/kubernetes/access/exec-plugin.js';
import { loadAccess } from '../src/kubernetes/access/load-access.js';
import { createKubeClient } from '../src/kubernetes/client/create-client.js';
import { failure, fixture, json, startKubeServer } from './doubles/kube-server.js';
import { VirtualClock } from './doubles/virtual-clock.js';

const V1 = 'client.authentication.k8s.io/v1';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fairlead-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** A plugin that notes each run in `runs` and then does what `script` says. */
function plugin(script: string, mode = 0o755): string {
  const path = join(dir, 'plugin');
  const note = `require('fs').appendFileSync(${JSON.stringify(join(dir, 'runs'))}, JSON.stringify({args: process.argv.slice(2), env: process.env}) + '\\n');`;
  writeFileSync(path, `#!${process.execPath}\n${note}\n${script}\n`, { mode });
  return path;
}

interface Run {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

function runs(): Run[] {
  if (!existsSync(join(dir, 'runs'))) return [];
  return readFileSync(join(dir, 'runs'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((each) => JSON.parse(each));
}

/** Prints a credential whose token counts the runs. */
const printToken = (status = '', apiVersion = V1): string => `
  const runs = require('fs').readFileSync(${JSON.stringify(join(dir, 'runs'))}, 'utf8').trimEnd().split('\\n').length;
  console.log(JSON.stringify({apiVersion: '${apiVersion}', kind: 'ExecCredential', status: {token: 'token-' + runs, ${status}}}));`;

function access(
  exec: object,
  more: { clock?: VirtualClock; cluster?: object; server?: string } = {},
): ClusterAccess {
  const kubeconfig = join(dir, 'config');
  const server = more.server ?? 'https://10.0.0.1:6443';
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: 'c', cluster: { server, ...more.cluster } }],
      users: [{ name: 'u', user: { exec: { apiVersion: V1, interactiveMode: 'Never', ...exec } } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  );
  const { clock } = more;
  return loadAccess({
    kubeconfig,
    env: { PATH: process.env.PATH, OUTER: 'yes' },
    ...(clock ? { clock } : {}),
  });
}

describe('an exec plugin', () => {
  test('gets its arguments, its environment and what it is asked for', async () => {
    plugin(printToken());
    const env = [{ name: 'INNER', value: 'a b' }];
    const loaded = access({ command: './plugin', args: ['get', '--x=y z'], env });
    expect(await loaded.credentials()).toEqual({ token: 'token-1' });
    expect(loaded.origin).toContain(`(exec plugin ${join(dir, 'plugin')})`);
    const [run] = runs();
    expect(run).toMatchObject({ args: ['get', '--x=y z'], env: { INNER: 'a b', OUTER: 'yes' } });
    expect(JSON.parse(run?.env.KUBERNETES_EXEC_INFO ?? '')).toEqual({
      apiVersion: V1,
      kind: 'ExecCredential',
      spec: { interactive: false },
    });
  });

  test('is told about the cluster when it wants to know', async () => {
    plugin(printToken());
    const ca = Buffer.from(fixture('tls/ca-a.crt')).toString('base64');
    const cluster = {
      'certificate-authority-data': ca,
      'tls-server-name': 'kubernetes',
      extensions: [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'x' } }],
    };
    await access({ command: './plugin', provideClusterInfo: true }, { cluster }).credentials();
    expect(JSON.parse(runs()[0]?.env.KUBERNETES_EXEC_INFO ?? '').spec.cluster).toEqual({
      server: 'https://10.0.0.1:6443',
      'tls-server-name': 'kubernetes',
      'certificate-authority-data': ca,
      config: { audience: 'x' },
    });
  });

  test('speaks v1beta1, too', async () => {
    const apiVersion = 'client.authentication.k8s.io/v1beta1';
    plugin(printToken('', apiVersion));
    expect(await access({ command: './plugin', apiVersion }).credentials()).toEqual({ token: 'token-1' });
  });

  test('is found in PATH by its bare name', async () => {
    const loaded = access({ command: 'node', args: [plugin(printToken(), 0o644)] });
    expect(await loaded.credentials()).toEqual({ token: 'token-1' });
  });

  test('runs once for calls at the same time, and not again while its answer is good', async () => {
    plugin(printToken());
    const loaded = access({ command: './plugin' });
    const all = await Promise.all([loaded.credentials(), loaded.credentials(), loaded.credentials()]);
    expect(all).toEqual(Array(3).fill({ token: 'token-1' }));
    expect(await loaded.credentials()).toEqual({ token: 'token-1' });
    expect(runs()).toHaveLength(1);
  });

  test('runs again a minute before its answer expires', async () => {
    const clock = new VirtualClock(Date.parse('2030-01-01T00:00:00Z'));
    plugin(printToken("expirationTimestamp: '2030-01-01T01:00:00Z'"));
    const loaded = access({ command: './plugin' }, { clock });
    await loaded.credentials();
    await clock.advance(59 * 60_000 - 1);
    expect(await loaded.credentials()).toEqual({ token: 'token-1' });
    await clock.advance(1);
    expect(await loaded.credentials()).toEqual({ token: 'token-2' });
  });

  test('runs again after a 401', async () => {
    plugin(printToken());
    const server = await startKubeServer((response, request) => {
      const good = request.headers.authorization === 'Bearer token-2';
      (good ? json({ metadata: { name: 'a' } }) : failure(401, 'Unauthorized'))(response, request);
    });
    const client = createKubeClient(access({ command: './plugin' }, { server: server.url }));
    try {
      expect(await client.get({ group: '', version: 'v1', resource: 'pods' }, 'a')).toMatchObject({});
      expect(runs()).toHaveLength(2);
    } finally {
      client.close();
      await server.close();
    }
  });

  test('may answer with a client certificate', async () => {
    const pem = { cert: fixture('tls/client-a.crt'), key: fixture('tls/client-a.key') };
    const status = { clientCertificateData: pem.cert, clientKeyData: pem.key };
    plugin(
      `console.log(JSON.stringify({apiVersion: '${V1}', kind: 'ExecCredential', status: ${JSON.stringify(status)}}))`,
    );
    const server = await startKubeServer(json({ metadata: {} }), {
      name: 'server-a',
      requestCert: true,
      ca: fixture('tls/ca-a.crt'),
    });
    const cluster = { 'certificate-authority-data': Buffer.from(fixture('tls/ca-a.crt')).toString('base64') };
    const client = createKubeClient(access({ command: './plugin' }, { server: server.url, cluster }));
    try {
      await client.get({ group: '', version: 'v1', resource: 'pods' }, 'a');
      expect(server.seen[0]?.peer).toBe('alice');
    } finally {
      client.close();
      await server.close();
    }
  });
});

describe('an exec plugin that fails', () => {
  const print = (text: string): string => `process.stdout.write(${JSON.stringify(text)})`;
  const credential = (more: object): string =>
    print(JSON.stringify({ apiVersion: V1, kind: 'ExecCredential', ...more }));
  test.each([
    [
      'ends with an error',
      'console.error("log in\\n  first"); process.exit(3)',
      'ended with code 3: log in first',
    ],
    [
      'is killed',
      'process.kill(process.pid, "SIGTERM"); setTimeout(() => {}, 60000)',
      'ended with SIGTERM: no message',
    ],
    ['prints no JSON', print('hello'), 'did not print an ExecCredential in JSON (5 characters)'],
    ['prints something else', print('{"kind":"Pod"}'), 'did not print an ExecCredential'],
    [
      'answers in another version',
      print('{"kind":"ExecCredential","apiVersion":"v9"}'),
      `answered with another apiVersion than "${V1}", which was asked for`,
    ],
    ['prints no status', credential({}), 'printed an ExecCredential without a status'],
    ['gives nothing', credential({ status: {} }), 'gave neither a token nor a certificate'],
    [
      'gives a certificate only',
      credential({ status: { clientCertificateData: 'x' } }),
      'gave a certificate or a key without the other',
    ],
    [
      'gives no time',
      credential({ status: { token: 'a', expirationTimestamp: 'soon' } }),
      'gave an expirationTimestamp that is no RFC 3339 time',
    ],
    [
      'prints without end',
      'const x = "x".repeat(65536); const go = () => process.stdout.write(x, go); go()',
      'wrote more than 1048576 bytes',
    ],
  ])('%s', async (_, script, problem) => {
    const command = plugin(script);
    await expect(access({ command }).credentials()).rejects.toMatchObject({
      code: 'EXEC_PLUGIN',
      message: `exec plugin "${command}" ${problem}`,
    });
  });

  test('is not there: the hint says how to get it', async () => {
    const loaded = access({ command: 'no-such-plugin', installHint: 'brew install it\n' });
    await expect(loaded.credentials()).rejects.toMatchObject({
      code: 'EXEC_PLUGIN',
      message: 'exec plugin "no-such-plugin" was not found; brew install it',
    });
  });

  test('may not be run', async () => {
    const command = plugin('', 0o644);
    await expect(access({ command }).credentials()).rejects.toMatchObject({
      code: 'EXEC_PLUGIN',
      message: `exec plugin "${command}" cannot be run: spawn ${command} EACCES`,
    });
  });

  test.each([
    ['a run of letters', 'eyJhbGciOiJSUzI1NiIsImtpZCI6IjEyMzQ1Njc4OTAifQ'],
    ['a JWT in short parts', 'eyJhbGciOiJI.eyJzdWIiOiI0Mi.c2lnbmVkMQ'],
    ['base64 with slashes', 'ab/Cde1/fghij/klmnop/qrst'],
  ])('complains with a token in its message, which is left out: %s', async (_, secret) => {
    plugin(`console.error('bad token ${secret} for https://sts.example.com/v1'); process.exit(1)`);
    await expect(access({ command: './plugin' }).credentials()).rejects.toThrow(
      'ended with code 1: bad token … for https://sts.example.com/v1',
    );
  });

  test('has an argument that Node refuses: neither it nor the environment is shown', async () => {
    const loaded = access({ command: plugin(''), env: [{ name: 'A', value: 's3cret\0' }] });
    const error: unknown = await loaded.credentials().catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'EXEC_PLUGIN',
      message: expect.stringContaining('hold a NUL character'),
    });
    expect(inspect(error, { depth: 9 })).not.toContain('s3cret');
  });

  test('is tried again by the next call', async () => {
    plugin(
      `const first = require('fs').readFileSync(${JSON.stringify(join(dir, 'runs'))}, 'utf8').trim().split('\\n').length === 1; if (first) process.exit(1); ${printToken()}`,
    );
    const loaded = access({ command: './plugin' });
    await expect(loaded.credentials()).rejects.toMatchObject({ code: 'EXEC_PLUGIN' });
    expect(await loaded.credentials()).toEqual({ token: 'token-2' });
  });

  test('does not end: it is killed, even when a child of its own holds the pipes', async () => {
    const command = plugin(
      `require('child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 1500)'], {stdio: 'inherit'}); setTimeout(() => {}, 60000)`,
    );
    const config: ExecConfig = { apiVersion: V1, command, args: [], env: {}, info: () => '{}' };
    const running = createExecPlugin(config, { env: process.env, clock: systemClock, timeoutMs: 300 });
    await expect(running.credentials()).rejects.toMatchObject({
      code: 'EXEC_PLUGIN',
      message: `exec plugin "${command}" did not end within 300 ms`,
    });
  });
});
