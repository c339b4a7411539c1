// Dials every Service of services.yaml, by its address as plain gRPC does and as k8s:///, and prints who answers.
import { register } from '@fairlead/client';
import { createKubeClient, loadAccess } from '@fairlead/discovery/kubernetes';
import { callAll, inWords, printTable } from './calls.mjs';

const namespace = 'types';
const api = createKubeClient(loadAccess());
const core = (resource) => ({ group: '', version: 'v1', resource });

const dns = await api.get(core('endpoints'), 'kube-dns', { namespace: 'kube-system' });
const [{ addresses, ports }] = dns.subsets;
const dnsServer = `${addresses[0].ip}:${ports.find(({ name }) => name === 'dns').port}`;
const node = await api.get(core('nodes'), 'node-b');
const nodeIp = node.status.addresses.find(({ type }) => type === 'InternalIP').address;

const services = new Map();
for (const service of (await api.list(core('services'), { namespace })).items)
  services.set(service.metadata.name, service);
const spec = (name) => services.get(name).spec;
const byName = (name) => `dns://${dnsServer}/${name}.${namespace}.svc.cluster.local:8088`;
const virtualIp = (name) => `${spec(name).clusterIP}:8088`;
const onNode = (name) => `${nodeIp}:${spec(name).ports[0].nodePort}`;
const balancer = (name) => `${services.get(name).status.loadBalancer.ingress[0].ip}:8088`;

/** What plain gRPC dials, and with which policy. */
const rows = [
  ['cluster-ip', virtualIp],
  ['headless', byName],
  ['headless', byName, 'round_robin'],
  ['node-port', onNode],
  ['node-port-local', onNode],
  ['balancer', balancer],
  ['balancer-local', balancer],
  ['external', byName, 'round_robin'],
  ['by-slice', virtualIp],
  ['by-endpoints', virtualIp],
  ['not-ready-too', virtualIp],
  ['sticky', virtualIp],
  ['internal-local', virtualIp],
  ['near', virtualIp],
];

register();
const results = [];
for (const [name, address, policy] of rows) {
  const target = address(name);
  const one = await callAll(target, { calls: 100, policy });
  const many = await callAll(target, { channels: 60, calls: 1, policy });
  const fairlead = await callAll(`k8s:///${name}.${namespace}:8088`, {
    calls: 200,
    wait: name !== 'external',
  });
  results.push({ service: name, ...(policy ? { policy } : {}), target, one, many, fairlead });
}
api.close();

if (process.argv[2] === '--json') console.log(JSON.stringify(results));
else {
  printTable([
    ['SERVICE', 'ONE CHANNEL', '60 CHANNELS', 'k8s:///'],
    ...results.map(({ service, policy, one, many, fairlead }) => [
      policy ? `${service}, ${policy}` : service,
      inWords(one),
      inWords(many),
      inWords(fairlead),
    ]),
  ]);
}
