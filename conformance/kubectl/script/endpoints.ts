import { type Step, see } from './step.js';

const MANUAL = `
apiVersion: v1
kind: Service
metadata: {name: manual}
spec: {ports: [{name: a, port: 80}, {name: b, port: 81}]}
---
apiVersion: v1
kind: Endpoints
metadata: {name: manual, labels: {team: x}, annotations: {note: text}}
subsets:
  - addresses: [{ip: 10.1.2.3, hostname: h}, {ip: 10.1.2.30}]
    notReadyAddresses: [{ip: 10.1.2.4}]
    ports: [{name: a, port: 8080}, {name: b, port: 8081, appProtocol: kubernetes.io/h2c}]
`;

const bad = (subsets: string): Step => ({
  command: 'create -f -',
  input: `{apiVersion: v1, kind: Endpoints, metadata: {name: bad}, subsets: ${subsets}}`,
});

const service = (spec: string): Step => ({
  command: 'create --dry-run=server -o jsonpath={.spec.ipFamilies}{.spec.ipFamilyPolicy} -f -',
  input: `{apiVersion: v1, kind: Service, metadata: {name: families}, spec: {ports: [{port: 80}], ${spec}}}`,
});

const merge = (subsets: string): string => `patch ep manual --type=merge -p '{"subsets":${subsets}}'`;

/** The old Endpoints API, Services without a selector, and families of addresses. */
export const ENDPOINTS: readonly Step[] = [
  ...see(
    'get ep web',
    'get endpoints headless -o yaml',
    'describe ep web',
    'describe svc web',
    'get ep nothing',
    'get endpoints kubernetes -n default -o jsonpath={.metadata.labels}',
    'auth can-i create endpoints --as=someone',
  ),
  { command: 'apply -f -', input: MANUAL },
  ...see(
    'get ep manual',
    'get ep manual -o wide',
    'describe ep manual',
    'describe svc manual',
    'get endpointslices -l kubernetes.io/service-name=manual -o jsonpath=\'{.items[*].endpoints[?(@.hostname=="h")]} {.items[*].endpoints[?(@.conditions.ready==false)]} {.items[*].metadata.ownerReferences[*].kind}\'',
    "get endpointslices -l kubernetes.io/service-name=manual -o jsonpath='{.items[*].metadata.labels} {.items[*].metadata.annotations}'",
  ),
  { command: 'apply -f -', input: MANUAL },
  bad('[{addresses: [{ip: x}]}]'),
  bad('[{addresses: [{ip: 0.0.0.0}, {ip: 169.254.1.1}, {ip: 010.1.2.3}, {ip: "::ffff:10.1.2.3"}]}]'),
  bad('[{ports: [{port: 80}]}]'),
  bad(
    '[{addresses: [{ip: 10.1.2.3, hostname: a.b}], ports: [{name: a, port: 0}, {port: 1, protocol: HTTP}]}]',
  ),
  bad('[{addresses: [{ip: 10.1.2.3}], ports: [{port: x}]}]'),
  ...see(
    merge('[{"addresses":[{"ip":"2001:DB8::1"}],"ports":[{"port":80}]}]'),
    'get ep manual',
    merge('[{"ports":[{"port":80}]}]'),
    merge('[]'),
    'get ep manual',
    'label ep manual team-',
    'delete ep manual',
    'delete svc manual',
  ),
  service('ipFamilyPolicy: RequireDualStack'),
  service('ipFamilyPolicy: PreferDualStack'),
  service('ipFamilies: [IPv6]'),
  service('ipFamilies: [IPv4, IPv6]'),
  service('clusterIP: None'),
  service('clusterIP: None, selector: {a: b}'),
  service('clusterIP: None, ipFamilyPolicy: SingleStack'),
];
