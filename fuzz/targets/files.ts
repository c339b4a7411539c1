import { isIP } from 'node:net';
import { expandName, parseResolvConf } from '#discovery/dns/resolver-config.js';
import { parseEndpoints } from '#discovery/file/parse-endpoints.js';
import { type Json, jsonForm, jsonText } from '../forms/json.js';
import { textForm } from '../forms/text.js';
import { read } from '../judge/refusal.js';
import { type FuzzTarget, hold } from '../target.js';

/** Whoever reads the file makes one line of it, with the path. */
const REFUSALS = {
  documented: (error: unknown) => error instanceof Error && !/Type|Range|Reference/.test(error.name),
  escapedLater: true,
  mostChars: 10_000,
};

function judgeEndpoints(json: Json): void {
  const endpoints = read(REFUSALS, () => parseEndpoints(`# YAML\n${jsonText(json)}`, 'fuzz'));
  if (endpoints === undefined) return;
  const keys = endpoints.map(({ key }) => key);
  hold(new Set(keys).size === keys.length, 'an endpoint is there twice');
  hold([...keys].sort().join() === keys.join(), 'the endpoints are not sorted');
  for (const { addresses } of endpoints) {
    for (const { host, port } of addresses) hold(port >= 1 && port <= 65_535, `${host} with port ${port}`);
  }
}

/** The file of a `file:` target. */
export const endpointFiles: FuzzTarget<Json> = {
  name: 'endpoint-files',
  about: 'endpoint files of any structure: refused with a place, or endpoints that are sorted and unique',
  form: jsonForm([
    ...['endpoints', 'address', 'addresses', 'pod', 'hostname', 'node', 'zone', 'weight', 'ready', 'serving'],
    ...['terminating', '10.0.0.1:8088', '[fd00::1]:8088', 'localhost:1', ':1', '10.0.0.1:0', '1:1:1'],
  ]),
  seeds: () => [
    { endpoints: ['10.0.0.1:8088', '[fd00::1]:8088', 'pod-0:8088'] },
    { endpoints: [{ address: '10.0.0.1:8088', pod: 'a', zone: 'b', weight: 3, ready: false }] },
    { endpoints: [{ addresses: ['10.0.0.1:8088', '[fd00::1]:8088'], serving: true, terminating: true }] },
  ],
  open: () => ({ check: judgeEndpoints }),
};

function judgeResolvConf(text: string): void {
  const config = parseResolvConf(text);
  hold(config.servers.length >= 1 && config.servers.length <= 3, `${config.servers.length} servers`);
  for (const { host } of config.servers) hold(isIP(host) !== 0, `server ${host}`);
  hold(config.ndots >= 0 && config.ndots <= 15, `ndots ${config.ndots}`);
  hold(config.timeoutMs >= 1_000 && config.timeoutMs <= 30_000, `a timeout of ${config.timeoutMs} ms`);
  hold(config.attempts >= 1 && config.attempts <= 5, `${config.attempts} attempts`);
  for (const name of ['svc', 'svc.ns', 'a.b.c.d.e.f', `${'x'.repeat(250)}`]) {
    const names = expandName(name, config);
    hold(names.length <= 33, `${names.length} names`);
    for (const each of names) hold(each.length <= 253, `a name of ${each.length} characters`);
  }
}

/** resolv.conf(5). */
export const resolvConfs: FuzzTarget<string> = {
  name: 'resolv-confs',
  about: 'a resolv.conf of any text: read as far as it can be, everything in it bounded',
  form: textForm([
    'nameserver ',
    'search ',
    'domain ',
    'options ',
    'ndots:',
    'timeout:',
    'rotate',
    '10.0.0.1',
    '#',
  ]),
  seeds: () => [
    'nameserver 10.96.0.10\nsearch nspace.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n',
    'domain example.org\nnameserver fd00::a\nnameserver 1.1.1.1\noptions timeout:3 attempts:2 rotate edns0\n',
  ],
  open: () => ({ check: judgeResolvConf }),
};
