import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../test/doubles/virtual-clock.js';
import type { AccessOptions, ClusterAccess } from './access.js';
import { loadAccess } from './load-access.js';

const pem = (name: string): string =>
  readFileSync(new URL(`../../../test/fixtures/tls/${name}`, import.meta.url), 'utf8');
const base64 = (text: string): string => Buffer.from(text).toString('base64');

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fairlead-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function write(name: string, content: string): string {
  const path = join(dir, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  return path;
}

interface Parts {
  readonly cluster?: object;
  readonly user?: object;
  readonly context?: object;
}

/** A kubeconfig in JSON, which is YAML too. */
function config(name: string, { cluster, user, context }: Parts = {}): string {
  return write(
    name,
    JSON.stringify({
      clusters: [{ name: 'c', cluster: { server: 'https://10.0.0.1:6443', ...cluster } }],
      users: [{ name: 'u', user: { token: 't', ...user } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', ...context } }],
      'current-context': 'x',
    }),
  );
}

/** Loads with nothing of this machine in sight. */
const load = (options: AccessOptions = {}): ClusterAccess =>
  loadAccess({ env: {}, inClusterDir: join(dir, 'none'), homeDir: join(dir, 'home'), ...options });

const refusal = (message: string | RegExp): unknown =>
  expect.objectContaining({
    code: 'ACCESS_INVALID',
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  });

function token(sub: string): string {
  return ['e30', Buffer.from(JSON.stringify({ sub })).toString('base64url'), 'c2ln'].join('.');
}

/** A mounted service account with its environment. */
function pod(files: Readonly<Record<string, string>> = {}): AccessOptions {
  const all = {
    token: `${token('system:serviceaccount:ns:app')}\n`,
    'ca.crt': pem('ca-a.crt'),
    namespace: 'ns\n',
    ...files,
  };
  for (const [name, content] of Object.entries(all)) write(`sa/${name}`, content);
  const env = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };
  return { env, inClusterDir: join(dir, 'sa') };
}

describe('where the access comes from', () => {
  test('the option wins over everything', () => {
    const kubeconfig = config('a', { context: { namespace: 'a' } });
    const other = config('b', { context: { namespace: 'b' } });
    expect(load({ ...pod(), kubeconfig, env: { KUBECONFIG: other } }).namespace).toBe('a');
  });

  test('KUBECONFIG wins over the pod’s own account', () => {
    const options = pod();
    const KUBECONFIG = config('b', { context: { namespace: 'b' } });
    const access = load({ ...options, env: { ...options.env, KUBECONFIG } });
    expect(access).toMatchObject({
      namespace: 'b',
      user: 'u',
      origin: `KUBECONFIG=${KUBECONFIG} context x, user u (token)`,
    });
  });

  test('the pod’s own account wins over the home folder', async () => {
    config('home/.kube/config');
    const access = load(pod());
    expect(access).toMatchObject({
      server: 'https://10.96.0.1:443',
      namespace: 'ns',
      user: 'ns:app',
      insecure: false,
      origin: `in-cluster token file ${join(dir, 'sa', 'token')}`,
    });
    expect(access.ca()).toBe(pem('ca-a.crt').trim());
    expect(await access.credentials()).toEqual({ token: token('system:serviceaccount:ns:app') });
  });

  test('a named context means a file, not the pod’s own account', () => {
    config('home/.kube/config', { context: { namespace: 'from-home' } });
    expect(load({ ...pod(), context: 'x' }).namespace).toBe('from-home');
  });

  test('an empty KUBECONFIG is as none', () => {
    config('home/.kube/config');
    expect(load({ env: { KUBECONFIG: '' } }).server).toBe('https://10.0.0.1:6443');
  });

  test('an IPv6 service host gets brackets', () => {
    const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
    expect(load({ ...pod(), env }).server).toBe('https://[fd00::1]:443');
  });

  test('a service host that makes no URL is refused', () => {
    const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: 'tcp://10.0.0.1:443' };
    expect(() => load({ ...pod(), env })).toThrow(refusal(/make no URL/));
  });

  test('nothing found lists what was looked for', () => {
    const home = join(dir, 'home', '.kube', 'config');
    expect(() => load()).toThrow(
      refusal(
        `no access to a cluster found; looked for: KUBECONFIG (not set); in-cluster (KUBERNETES_SERVICE_HOST is not set); ${home} (no such file)`,
      ),
    );
  });

  test('a pod without a mounted token says so', () => {
    const env = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };
    expect(() => load({ env })).toThrow(
      refusal(/token does not exist: automountServiceAccountToken is false\?/),
    );
  });

  test('a named file must be there', () => {
    const path = join(dir, 'nope');
    expect(() => load({ kubeconfig: path })).toThrow(refusal(`option kubeconfig: no such file: ${path}`));
    expect(() => load({ env: { KUBECONFIG: path } })).toThrow(refusal(`KUBECONFIG: no such file: ${path}`));
  });
});

describe('merging files', () => {
  test('the first file wins for each name, and missing files are skipped', async () => {
    const first = write(
      'one/config',
      'users: [{name: u, user: {token: first}}]\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n',
    );
    const second = config('two/config', { user: { token: 'second' } });
    const access = load({ env: { KUBECONFIG: [join(dir, 'gone'), first, second].join(delimiter) } });
    expect(await access.credentials()).toEqual({ token: 'first' });
    expect(access.server).toBe('https://10.0.0.1:6443');
  });

  test('relative paths resolve against their own file', async () => {
    write('two/ca.crt', pem('ca-b.crt'));
    write('one/tok', 'from-one\n');
    const first = write('one/config', 'users: [{name: u, user: {tokenFile: tok}}]\n');
    const second = config('two/config', { cluster: { 'certificate-authority': 'ca.crt' } });
    const access = load({ env: { KUBECONFIG: [first, second].join(delimiter) } });
    expect(access.ca()).toBe(pem('ca-b.crt').trim());
    expect(await access.credentials()).toEqual({ token: 'from-one' });
  });

  test('reads YAML as kubectl writes it', () => {
    const yaml = [
      'apiVersion: v1',
      'kind: Config',
      'clusters:',
      '- cluster:',
      '    server: https://kube.example:6443/prefix/',
      '    tls-server-name: kubernetes',
      '    insecure-skip-tls-verify: true',
      '  name: c',
      'contexts:',
      '- context: {cluster: c, user: "", namespace: team}',
      '  name: x',
      'current-context: x',
      'users: null',
    ];
    expect(load({ kubeconfig: write('config', yaml.join('\n')) })).toMatchObject({
      server: 'https://kube.example:6443/prefix',
      tlsServerName: 'kubernetes',
      insecure: true,
      namespace: 'team',
    });
  });
});

test.each([
  ['a byte order mark before YAML', '\ufeffcurrent-context: x\n'],
  ['a byte order mark before JSON', '\ufeff{"current-context": "x"}'],
  ['a mapping in braces', '{current-context: x}'],
])('a kubeconfig may have %s', (_, content) => {
  const first = write('first', content);
  const second = config('second');
  expect(load({ env: { KUBECONFIG: `${delimiter}${first}${delimiter}${delimiter}${second}` } }).user).toBe(
    'u',
  );
});

test('the keys of an object’s prototype are keys like others', async () => {
  const text =
    '{"current-context": "x", "__proto__": {"token": "p"}, "users": [{"name": "u", "user": {"__proto__": {"token": "p"}}}]}';
  const first = write('first', text);
  const access = load({ env: { KUBECONFIG: [first, config('second')].join(delimiter) } });
  expect(await access.credentials()).toEqual({});
  expect(() => load({ kubeconfig: config('a'), context: 'constructor' })).toThrow(
    refusal(/no context "constructor"/),
  );
});

describe('credentials of a user', () => {
  test.each([
    ['a token', { token: ' abc\n' }, { token: 'abc' }],
    ['a password', { token: '', username: 'a', password: 'b' }, { basic: { username: 'a', password: 'b' } }],
    ['none', { token: '' }, {}],
  ])('%s', async (_, user, credentials) => {
    expect(await load({ kubeconfig: config('a', { user }) }).credentials()).toEqual(credentials);
  });

  test('embedded certificates win over files', async () => {
    const user = {
      token: '',
      'client-certificate-data': base64(pem('client-a.crt')),
      'client-certificate': '/nowhere',
      'client-key-data': base64(pem('client-a.key')),
    };
    const cluster = { 'certificate-authority-data': base64(pem('ca-a.crt')) };
    const access = load({ kubeconfig: config('a', { cluster, user }) });
    expect(access.ca()).toBe(pem('ca-a.crt'));
    expect(await access.credentials()).toEqual({ cert: pem('client-a.crt'), key: pem('client-a.key') });
  });

  test('tokenFile beats token, is read again every minute and after a 401', async () => {
    const clock = new VirtualClock();
    const tokenFile = write('tok', 'one\n');
    const access = load({ clock, kubeconfig: config('a', { user: { tokenFile, token: 'static' } }) });
    expect(await access.credentials()).toEqual({ token: 'one' });
    write('tok', 'two');
    expect(await access.credentials()).toEqual({ token: 'one' });
    access.invalidate();
    expect(await access.credentials()).toEqual({ token: 'two' });
    write('tok', 'three');
    await clock.advance(60_000);
    expect(await access.credentials()).toEqual({ token: 'three' });
  });

  test('certificate files are read again when they change', async () => {
    const clock = new VirtualClock();
    const paths = {
      'client-certificate': write('c', pem('client-a.crt')),
      'client-key': write('k', pem('client-a.key')),
    };
    const ca = write('ca', pem('ca-a.crt'));
    const kubeconfig = config('a', {
      cluster: { 'certificate-authority': ca },
      user: { token: '', ...paths },
    });
    const access = load({ clock, kubeconfig });
    write('c', pem('server-a.crt'));
    write('k', pem('server-a.key'));
    write('ca', pem('ca-b.crt'));
    await clock.advance(1000);
    expect(access.ca()).toBe(pem('ca-b.crt').trim());
    expect(await access.credentials()).toEqual({
      cert: pem('server-a.crt').trim(),
      key: pem('server-a.key').trim(),
    });
  });
});

describe('a kubeconfig that cannot be used', () => {
  const table: [string, Parts, RegExp][] = [
    ['no server', { cluster: { server: '' } }, /cluster "c" has no server$/],
    [
      'a server without a scheme',
      { cluster: { server: '10.0.0.1:6443' } },
      /server "10.0.0.1:6443" of cluster "c" is not an https/,
    ],
    ['a proxy', { cluster: { 'proxy-url': 'http://p' } }, /"proxy-url" of cluster "c" is not supported/],
    [
      'an auth provider',
      { user: { 'auth-provider': { name: 'gcp' } } },
      /"auth-provider" of user "u" is not supported.*exec plugin/,
    ],
    ['impersonation', { user: { as: 'admin' } }, /"as" of user "u" is not supported/],
    [
      'a cluster that is not there',
      { context: { cluster: 'd' } },
      /context "x" names the cluster "d", which is not there$/,
    ],
    [
      'a user that is not there',
      { context: { user: 'v' } },
      /context "x" names the user "v", which is not there$/,
    ],
    ['a CA that is not PEM', { cluster: { 'certificate-authority-data': 'AAAA' } }, /not base64 of PEM$/],
    [
      'a certificate without its key',
      { user: { 'client-certificate-data': base64(pem('client-a.crt')) } },
      /has no "client-key"/,
    ],
    [
      'a key without its certificate',
      { user: { 'client-key-data': base64(pem('client-a.key')) } },
      /has no "client-certificate"/,
    ],
    [
      'a CA file that is not there',
      { cluster: { 'certificate-authority': 'gone' } },
      /certificate-authority file .*gone cannot be read: ENOENT$/,
    ],
    [
      'a token file that is not there',
      { user: { tokenFile: 'gone' } },
      /token file .*gone cannot be read: ENOENT$/,
    ],
    [
      'a CA that is not looked at',
      {
        cluster: { 'insecure-skip-tls-verify': true, 'certificate-authority-data': base64(pem('ca-a.crt')) },
      },
      /both insecure-skip-tls-verify and a certificate-authority/,
    ],
    ['a token that is no text', { user: { token: 7 } }, /"token" of "u" is not a text$/],
    [
      'a plugin of an old version',
      { user: { exec: { apiVersion: 'client.authentication.k8s.io/v1alpha1', command: 'x' } } },
      /apiVersion "client.authentication.k8s.io\/v1alpha1" is not supported/,
    ],
    [
      'a plugin without a command',
      { user: { exec: { apiVersion: 'client.authentication.k8s.io/v1' } } },
      /has no command$/,
    ],
    [
      'a plugin that wants a terminal',
      {
        user: {
          exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'x', interactiveMode: 'Always' },
        },
      },
      /"x" wants a terminal/,
    ],
    [
      'a plugin with bad arguments',
      { user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'x', args: [1] } } },
      /"args" is not a list of texts$/,
    ],
    [
      'a plugin whose version has no text',
      { user: { exec: { apiVersion: { toString: 1 }, command: 'x' } } },
      /apiVersion \(object\) is not supported/,
    ],
    [
      'a plugin whose mode has no text',
      {
        user: {
          exec: {
            apiVersion: 'client.authentication.k8s.io/v1',
            command: 'x',
            interactiveMode: { toString: 1 },
          },
        },
      },
      /interactiveMode \(object\) is unknown/,
    ],
    [
      'a plugin with an environment that has no text',
      {
        user: {
          exec: {
            apiVersion: 'client.authentication.k8s.io/v1',
            command: 'x',
            env: [{ name: 'A', value: { toString: 1 } }],
          },
        },
      },
      /"env" is not a list of \{name, value\}$/,
    ],
    [
      'a plugin with a bad environment',
      { user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'x', env: ['A=B'] } } },
      /"env" is not a list of \{name, value\}$/,
    ],
  ];
  test.each(table)('%s', (_, parts, message) => {
    expect(() => load({ kubeconfig: config('a', parts) })).toThrow(refusal(message));
  });

  test.each([
    [
      'broken YAML, with its line and without its text',
      'a: 1\nusers: [{token: "s3cret}]\n',
      /is neither YAML nor JSON \(line \d\)$/,
    ],
    ['broken JSON', '{"token": "s3cret"', /is neither YAML nor JSON \(line 1\)$/],
    ['a text', 'hello', /is not a mapping/],
    ['clusters that are no list', 'clusters: 7', /"clusters" is not a list$/],
    ['a user without a name', 'users: [{user: {}}]', /users\[0\] has no name$/],
    ['an empty file', '', /no current-context; the contexts are: none$/],
  ])('%s', (_, content, message) => {
    const kubeconfig = write('bad', content);
    expect(() => load({ kubeconfig })).toThrow(refusal(message));
    expect(() => load({ kubeconfig })).not.toThrow('s3cret');
  });

  test('a context that is not there lists those that are', () => {
    expect(() => load({ kubeconfig: config('a'), context: 'y' })).toThrow(
      refusal(/no context "y"; the contexts are: x$/),
    );
  });

  test('of thousands of contexts ten are listed', () => {
    const contexts = Array.from({ length: 2000 }, (_, index) => ({ name: `x${index}` }));
    const kubeconfig = write('many', JSON.stringify({ contexts }));
    expect(() => load({ kubeconfig })).toThrow(refusal(/are: x0, .*, x9, and 1990 more$/));
  });

  test('a server with a password in it is not shown', () => {
    const kubeconfig = config('a', { cluster: { server: 'https://me:s3cret@10.0.0.1' } });
    expect(() => load({ kubeconfig })).toThrow(refusal(/server of cluster "c" holds a user/));
    expect(() => load({ kubeconfig })).not.toThrow('s3cret');
  });
});
