import { ManifestError } from '@fairlead/sandbox';
import { textForm } from '../forms/text.js';
import { readLater } from '../judge/refusal.js';
import type { FuzzTarget } from '../target.js';
import { RunningSandbox } from './running-sandbox.js';

const REFUSALS = { documented: (error: unknown) => error instanceof ManifestError, mostChars: 20_000 };
/** A real cluster, too, would make as many pods as are asked for. */
const MANY = /(replicas:\s*)\d{2,}/g;

const YAML = `apiVersion: v1
kind: Service
metadata: { name: serv-ca }
spec:
  selector: { name: test }
  clusterIP: None
  ports: [{ name: tcp, port: 8088, targetPort: 8088 }]
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: serv-ca
spec:
  replicas: 2
  selector: { matchLabels: { name: test } }
  template:
    metadata: { labels: { name: test } }
    spec:
      containers:
        - name: echo
          image: fairlead/echo
          args: ["--port", "8088"]
          ports: [{ name: tcp, containerPort: 8088 }]
          readinessProbe: { grpc: { port: 8088 }, periodSeconds: 1 }
`;
const LIST = `{"apiVersion":"v1","kind":"List","items":[
  {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"v"}},
  {"apiVersion":"v1","kind":"Secret","metadata":{"name":"b"},"stringData":{"k":"v"}}]}`;
const ACCOUNT = `# rights
apiVersion: v1
kind: ServiceAccount
metadata: &meta { name: app, namespace: default }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: *meta
rules: [{ apiGroups: [""], resources: [pods], verbs: [get] }]
...
`;

/** Manifests as text, applied to a sandbox. */
export const manifests: FuzzTarget<string> = {
  name: 'manifests',
  about:
    'manifests of any text, applied to a sandbox: refused in one line, or applied; nothing that reads the objects stumbles',
  form: textForm([
    '---\n',
    '...\n',
    '&a ',
    '*a',
    '<<: ',
    '!!binary ',
    '!!set ',
    '|\n',
    '>-\n',
    '? ',
    'kind: ',
    'List',
    'items: ',
    'name: ',
    '%YAML 1.1\n',
    '    ',
  ]),
  seeds: () => [YAML, LIST, ACCOUNT, ACCOUNT.replace('*meta', '{ name: r }')],
  open() {
    const sandbox = new RunningSandbox();
    return {
      async check(text) {
        const cluster = await sandbox.next();
        await readLater(REFUSALS, () => cluster.apply(text.replace(MANY, '$17')));
        sandbox.checkFailures();
      },
      close: () => sandbox.close(),
    };
  },
};
