import { type Step, see } from './step.js';

// Older kubectls take what begins with a brace for JSON.

/** A ConfigMap on standard input. */
const configMap = (data: string, metadata = ''): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: owned${metadata}}\ndata: ${data}\n`;
const service = (spec: string): string =>
  `apiVersion: v1\nkind: Service\nmetadata: {name: owned}\nspec: ${spec}\n`;
const deployment = (spec: string): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: parts}\nspec: ${spec}\n`;

const apply = (input: string, flags = ''): Step => ({ command: `apply --server-side ${flags} -f -`, input });
/** Times of managers have whole seconds, and managers of one second stand by name: each write gets a second of its own. */
const NEXT_SECOND: Step = { command: 'get configmaps --watch-only', untilQuietMs: 1100 };
const look = (what: string): Step[] => [...see(`get ${what} -o yaml --show-managed-fields`), NEXT_SECOND];

/** From client-side to server-side apply, and two managers of one object. */
const SHARED: readonly Step[] = [
  { command: 'apply -f -', input: configMap('{a: "1", b: "2"}') },
  ...look('configmap owned'),
  apply(configMap('{a: "9", b: "2"}')),
  ...look('configmap owned'),
  apply(configMap('{a: "9"}')),
  ...look('configmap owned'),
  apply(configMap('{a: "9"}')),
  apply(configMap('{a: "7", c: "3"}'), '--field-manager=other'),
  apply(configMap('{a: "9", c: "3"}'), '--field-manager=other'),
  apply(configMap('{c: "3"}')),
  ...look('configmap owned'),
  apply(configMap('{c: "4", d: "5"}'), '--dry-run=server --force-conflicts'),
  apply(configMap('{c: "4", d: "5"}'), '--force-conflicts'),
  NEXT_SECOND,
  ...see('label configmap owned x=y'),
  NEXT_SECOND,
  ...see('patch configmap owned -p \'{"data":{"c":"6"}}\''),
  ...look('configmap owned'),
  apply(configMap('{c: "4", d: "5"}')),
  NEXT_SECOND,
  apply(configMap('{d: "6", e: "7"}'), '--dry-run=server -o yaml'),
  { command: 'diff --server-side -f -', input: configMap('{d: "6", e: "7"}') },
  { command: 'diff --server-side --force-conflicts -f -', input: configMap('{d: "6", e: "7"}') },
  { command: 'replace -f -', input: configMap('{f: "8"}') },
  ...look('configmap owned'),
  ...see('patch configmap owned --type=merge -p \'{"metadata":{"managedFields":[{}]}}\''),
  ...look('configmap owned'),
  apply(configMap('{f: "8"}', ', finalizers: [example.com/a]')),
  ...look('configmap owned'),
  apply(configMap('{f: "8"}', ', finalizers: [example.com/b]'), '--field-manager=other'),
  NEXT_SECOND,
  apply(configMap('{f: "8"}')),
  ...look('configmap owned'),
  ...see(
    'patch configmap owned --type=merge -p \'{"metadata":{"finalizers":null}}\'',
    'delete configmap owned',
  ),
];

/** Lists by key, atomic maps, and whatever cannot be applied. */
const REFUSED: readonly Step[] = [
  apply(service('{selector: {app: x}, ports: [{port: 80, name: http}]}')),
  ...look('service owned'),
  apply(service('{ports: [{port: 80, protocol: UDP, name: dns}]}'), '--field-manager=other'),
  ...see('get service owned -o jsonpath={.spec.ports}'),
  apply(service('{selector: {tier: back}}'), '--field-manager=other'),
  apply(service('{selector: {app: x}, ports: []}')),
  ...see('get service owned -o jsonpath={.spec.ports}'),
  apply(service('{ports: [{port: 80}, {port: 80}]}')),
  apply(service('{ports: [{name: a}]}')),
  apply(service('{selector: 7}')),
  apply(service('{selector: {app: 7}}')),
  apply(service('{nothing: 1}')),
  apply(service('{nothing: 1}'), '--validate=false'),
  apply(service('{type: ClusterIP}'), "--field-manager=''"),
  apply('apiVersion: v1\nkind: Service\nmetadata: {name: owned, managedFields: [{manager: x}]}\n'),
  apply('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: Bad_Name}\n'),
  apply(service('{ports: [{port: 99999}]}'), '--force-conflicts'),
  ...see(
    "patch service owned --type=merge --field-manager=0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789 -p '{}'",
    'delete service owned',
  ),
];

/** A Deployment whose replicas and status have managers of their own. */
const PARTS: readonly Step[] = [
  apply(
    deployment(
      '{replicas: 0, selector: {matchLabels: {app: parts}}, template: {metadata: {labels: {app: parts}}, spec: {containers: [{name: c, image: fairlead/echo, env: [{name: A, value: b}]}]}}}',
    ),
  ),
  { command: "wait --for=jsonpath='{.status.observedGeneration}'=1 deployment/parts", quiet: true },
  apply(deployment('{paused: true}'), '--field-manager=pauser'),
  apply(deployment('{paused: false}'), '--field-manager=other'),
  apply(deployment('{paused: true, replicas: 1}'), '--field-manager=other --dry-run=server'),
  apply(deployment('{paused: true}'), '--field-manager=other'),
  apply(
    deployment(
      '{template: {spec: {containers: [{name: c, env: [{name: A, value: z}, {name: B, value: c}]}]}}}',
    ),
    '--field-manager=pauser',
  ),
  apply(
    deployment('{template: {spec: {containers: [{name: c, env: [{name: B, value: c}]}]}}}'),
    '--field-manager=pauser',
  ),
  ...see(
    'get deployment parts -o jsonpath={.spec.template.spec.containers[0].env}',
    'get deployment parts -o jsonpath={.spec.paused}',
  ),
  apply(
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: parts}\nstatus: {conditions: [{type: Mine, status: "True", reason: A, message: b}]}\n',
    '--subresource=status --field-manager=judge',
  ),
  ...see(
    'get deployment parts -o jsonpath=\'{.status.conditions[?(@.type=="Mine")].reason}\'',
    'apply --server-side --subresource=status --field-manager=judge -f shop.yaml',
    'delete deployment parts',
  ),
];

/** Server-side apply and who manages which field (KEP-555). */
export const SERVER_SIDE: readonly Step[] = [...SHARED, ...REFUSED, ...PARTS];
