import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { DiscoveryError } from '@fairlead/discovery';
import { type ClusterAccess, createKubeClient, loadAccess } from '@fairlead/discovery/kubernetes';
import { type Json, jsonForm, jsonText } from '../forms/json.js';
import { textForm } from '../forms/text.js';
import { holdOneLine, read } from '../judge/refusal.js';
import { type FuzzTarget, hold } from '../target.js';

const REFUSALS = {
  documented: (error: unknown) => error instanceof DiscoveryError && error.code === 'ACCESS_INVALID',
  // A message may name several files by their whole paths.
  mostChars: 3_000,
};
const PEM = Buffer.from('-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n').toString('base64');

/** A folder for the files of one run, with those that a kubeconfig may name. */
class Folder {
  readonly #path = mkdtempSync(join(tmpdir(), 'fairlead-fuzz-'));

  constructor() {
    this.#write('token', 'a.b.c\n');
    this.#write('ca.crt', Buffer.from(PEM, 'base64').toString());
    this.#write('empty', '');
  }

  /** What is read of kubeconfig files with these contents. */
  access(contents: readonly string[]): ClusterAccess | undefined {
    const files = contents.map((content, index) => this.#write(`config-${index}`, content));
    return read(REFUSALS, () =>
      loadAccess({
        kubeconfig: files.join(delimiter),
        env: {},
        homeDir: this.#path,
        inClusterDir: this.#path,
      }),
    );
  }

  close(): void {
    rmSync(this.#path, { recursive: true });
  }

  #write(name: string, content: string): string {
    const file = join(this.#path, name);
    writeFileSync(file, content);
    return file;
  }
}

/** The parts of an access that are data. Credentials are left alone: a plugin would be run. */
function factsOf(access: ClusterAccess): object {
  const { server, namespace, insecure, origin, user, tlsServerName } = access;
  return { server, namespace, insecure, origin, user, tlsServerName, ca: access.ca() };
}

function judgeAccess(access: ClusterAccess): void {
  holdOneLine(access.origin, 'the origin');
  hold(URL.canParse(access.server), `server ${access.server} is no URL`);
  createKubeClient(access).close();
}

function judgeStructure(folder: Folder, json: Json): void {
  const documents = Array.isArray(json) ? json : [json];
  const texts = documents.slice(0, 3).map(jsonText);
  const access = folder.access(texts);
  if (access === undefined) return;
  judgeAccess(access);
  // JSON is YAML: a comment makes the other parser read it. It has its own bounds on what it reads.
  const asYaml = folder.access(texts.map((text) => `# YAML\n${text}`));
  if (asYaml !== undefined) {
    hold(isDeepStrictEqual(factsOf(access), factsOf(asYaml)), 'as YAML it does not mean the same');
  }
}

const CLUSTER = { server: 'https://10.0.0.1:6443', 'certificate-authority-data': PEM };
const CONFIG = {
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'shop',
  clusters: [{ name: 'east', cluster: CLUSTER }],
  users: [{ name: 'me', user: { token: 'a.b.c' } }],
  contexts: [{ name: 'shop', context: { cluster: 'east', user: 'me', namespace: 'shop' } }],
};
const EXEC = {
  apiVersion: 'client.authentication.k8s.io/v1',
  command: 'get-token',
  args: ['--now'],
  env: [{ name: 'A', value: 'b' }],
  interactiveMode: 'Never',
  provideClusterInfo: true,
  installHint: 'install it',
};
const WORDS = [
  ...['clusters', 'users', 'contexts', 'current-context', 'name', 'cluster', 'user', 'context', 'namespace'],
  ...[
    'server',
    'certificate-authority',
    'certificate-authority-data',
    'insecure-skip-tls-verify',
    'proxy-url',
  ],
  ...[
    'tls-server-name',
    'token',
    'tokenFile',
    'username',
    'password',
    'client-certificate-data',
    'client-key',
  ],
  ...[
    'exec',
    'apiVersion',
    'interactiveMode',
    'env',
    'as',
    'ca.crt',
    'empty',
    'https://[::1]:1',
    'http://a@b',
  ],
];

/** Kubeconfigs as values: their structure is changed, their syntax is good. */
export const kubeconfigs: FuzzTarget<Json> = {
  name: 'kubeconfigs',
  about:
    'kubeconfigs of any structure, one or several merged: refused in one line; as YAML and as JSON they mean the same',
  form: jsonForm(WORDS),
  seeds: () => [
    CONFIG,
    [{ ...CONFIG, users: [] }, { users: [{ name: 'me', user: { tokenFile: 'token' } }] }],
    { ...CONFIG, users: [{ name: 'me', user: { exec: EXEC } }] },
    { ...CONFIG, users: [{ name: 'me', user: { 'client-certificate-data': PEM, 'client-key-data': PEM } }] },
    {
      ...CONFIG,
      clusters: [{ name: 'east', cluster: { server: 'http://h/p', 'certificate-authority': 'ca.crt' } }],
    },
    { ...CONFIG, users: [{ name: 'me', user: { username: 'u', password: 'p' } }], clusters: CONFIG.clusters },
  ],
  open() {
    const folder = new Folder();
    return { check: (json) => judgeStructure(folder, json), close: () => folder.close() };
  },
};

const YAML = `apiVersion: v1
kind: Config
current-context: shop
clusters:
- name: east
  cluster: {server: "https://10.0.0.1:6443", insecure-skip-tls-verify: true}
users:
- name: me
  user: &me
    token: a.b.c
contexts:
- {name: shop, context: {cluster: east, user: me, namespace: shop}}
`;
const YAML_WORDS = [
  '&a ',
  '*me',
  '*a',
  '<<: ',
  '!!binary ',
  '!!js/function ',
  '|',
  '>-',
  '? ',
  '---\n',
  '...',
  '%YAML 1.1\n',
  '# ',
];

/** Kubeconfigs as text: their syntax is changed. */
export const kubeconfigTexts: FuzzTarget<string> = {
  name: 'kubeconfig-texts',
  about: 'kubeconfig files of any text: refused in one line',
  form: textForm([...YAML_WORDS, ...WORDS]),
  seeds: () => [
    YAML,
    JSON.stringify(CONFIG),
    `\ufeff${YAML}`,
    YAML.replace('token: a.b.c', 'exec: {command: a, apiVersion: b}'),
  ],
  open() {
    const folder = new Folder();
    return {
      check(text) {
        const access = folder.access([text]);
        if (access !== undefined) judgeAccess(access);
      },
      close: () => folder.close(),
    };
  },
};
