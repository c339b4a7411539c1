import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { kubeconfigText, writeKubeconfig } from './kubeconfig.js';

const folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
afterAll(() => rmSync(folder, { recursive: true }));

const BASE = { server: 'https://127.9.0.1:6443', caPem: 'PEM' };

it.each([
  [{ token: 't' }, { token: 't' }],
  [{ tokenFile: '/run/token' }, { tokenFile: '/run/token' }],
  [
    { certificate: { certificatePem: 'C', keyPem: 'K' } },
    { 'client-certificate-data': 'Qw==', 'client-key-data': 'Sw==' },
  ],
])('says who the user is (%o)', (credentials, user) => {
  expect(parse(kubeconfigText({ ...BASE, credentials, namespace: 'ns' }))).toEqual({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'fairlead-sandbox',
        cluster: { server: BASE.server, 'certificate-authority-data': 'UEVN' },
      },
    ],
    users: [{ name: 'fairlead-sandbox', user }],
    contexts: [
      {
        name: 'fairlead-sandbox',
        context: { cluster: 'fairlead-sandbox', user: 'fairlead-sandbox', namespace: 'ns' },
      },
    ],
    'current-context': 'fairlead-sandbox',
  });
});

it('is readable by its owner alone, even where a file was open to all', () => {
  const path = join(folder, 'config');
  writeFileSync(path, 'old', { mode: 0o666 });
  writeKubeconfig(path, { ...BASE, credentials: { token: 't' } });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(path, 'utf8')).toContain('token: t');
  expect(readdirSync(folder)).toEqual(['config']);
});

it('leaves nothing behind when it cannot write', () => {
  expect(() =>
    writeKubeconfig(join(folder, 'no/such/folder'), { ...BASE, credentials: { token: 't' } }),
  ).toThrow(/ENOENT/);
});
