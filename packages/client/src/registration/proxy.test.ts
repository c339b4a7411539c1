import { beforeEach, expect, it } from 'vitest';
import { createTroubleLog } from '../log.js';
import { ProxyCheck, proxyFor } from './proxy.js';

let warnings: string[];

beforeEach(() => {
  warnings = [];
});

function check(env: Record<string, string>): ProxyCheck {
  const nothing = (): void => {};
  const logger = {
    debug: nothing,
    info: nothing,
    error: nothing,
    warn: (msg: string) => void warnings.push(msg),
  };
  return new ProxyCheck(
    createTroubleLog(logger, () => 0),
    env,
  );
}

const tick = () => Promise.resolve();

it('warns once, with the remedy, when a target never reaches its resolver', async () => {
  const proxy = check({ https_proxy: 'http://proxy:3128' });
  proxy.expect('k8s:///a');
  await tick();
  proxy.expect('k8s:///b');
  await tick();
  expect(warnings).toEqual([
    "https_proxy sends the target through a proxy, past every resolver: set the channel option 'grpc.enable_http_proxy': 0, or put the Service's name into no_proxy",
  ]);
});

it.each([
  ['the resolver is reached', { http_proxy: 'http://proxy:3128' }, true],
  ['no variable is set', {}, false],
])('says nothing when %s', async (_what, env, reached) => {
  const proxy = check(env);
  proxy.expect('k8s:///a');
  if (reached) proxy.reached('k8s:///a');
  await tick();
  expect(warnings).toEqual([]);
});

const PROXY = { http_proxy: 'http://proxy:3128' };

it.each([
  ['k8s:///serv-ca.nspace:8088', PROXY, { variable: 'http_proxy', host: 'serv-ca.nspace' }],
  ['k8s:///serv-ca', PROXY, { variable: 'http_proxy', host: 'serv-ca' }],
  ['k8s://nspace/serv-ca:8088', PROXY, { variable: 'http_proxy', host: 'serv-ca' }],
  ['k8s:///serv-ca:tcp', PROXY, undefined],
  ['serv-ca:8088', PROXY, { variable: 'http_proxy', host: 'serv-ca' }],
  ['dns:///[::1]:80', PROXY, { variable: 'http_proxy', host: '::1' }],
  ['dns:///::1', PROXY, { variable: 'http_proxy', host: '::1' }],
  ['unix:/run/socket', PROXY, undefined],
  ['k8s:///a', {}, undefined],
  ['k8s:///a', { http_proxy: '' }, undefined],
  ['k8s:///a', { https_proxy: 'https://proxy' }, undefined],
  ['k8s:///a', { https_proxy: 'socks5://proxy', http_proxy: 'http://proxy' }, undefined],
  [
    'k8s:///a',
    { http_proxy: 'http://a', https_proxy: 'http://b', grpc_proxy: 'http://c' },
    { variable: 'grpc_proxy', host: 'a' },
  ],
  ['k8s:///a.b:1', { ...PROXY, no_proxy: 'x,a.b' }, undefined],
  ['k8s:///a.b:1', { ...PROXY, no_proxy: '.b' }, undefined],
  ['k8s:///a.b:1', { ...PROXY, no_proxy: 'a' }, { variable: 'http_proxy', host: 'a.b' }],
  ['k8s:///a.b:1', { ...PROXY, no_grpc_proxy: 'x', no_proxy: 'b' }, { variable: 'http_proxy', host: 'a.b' }],
  ['10.1.2.3:1', { ...PROXY, no_proxy: '10.0.0.0/8' }, undefined],
  ['10.1.2.3:1', { ...PROXY, no_proxy: '10.2.0.0/16' }, { variable: 'http_proxy', host: '10.1.2.3' }],
])('says of %j with %j which variable catches it: %j', (target, env, hit) => {
  expect(proxyFor(target, env)).toEqual(hit);
});

it('warns of a target that never got a resolver, and not of one that did and is asked for again', async () => {
  const warned: unknown[] = [];
  const log = {
    once: (_key: string, _message: string, fields: { target: string }) => warned.push(fields.target),
  };
  const check = new ProxyCheck(log as never, PROXY);
  check.expect('k8s:///swallowed');
  check.expect('k8s:///reached');
  check.reached('k8s:///reached');
  await Promise.resolve();
  // grpc-js asks for the authority once more at each new connection.
  check.expect('k8s:///reached');
  await Promise.resolve();
  expect(warned).toEqual(['k8s:///swallowed']);
});
