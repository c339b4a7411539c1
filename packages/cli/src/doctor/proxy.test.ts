import { expect, it } from 'vitest';
import { checkProxy } from './proxy.js';

const TARGET = 'k8s:///serv-ca.nspace:8088';

it('names the variable, what it does and both remedies', () => {
  expect(checkProxy(TARGET, { https_proxy: 'http://proxy:3128' })).toEqual([
    {
      id: 'proxy',
      ok: false,
      text: 'https_proxy is set: grpc-js sends the calls of serv-ca.nspace to that proxy and asks no resolver',
      fix: "set no_proxy=serv-ca.nspace or the channel option 'grpc.enable_http_proxy': 0",
    },
  ]);
});

it('says nothing when no variable catches the target, and its own remedy works', () => {
  expect(checkProxy(TARGET, {})).toEqual([]);
  expect(checkProxy(TARGET, { https_proxy: 'http://proxy:3128', no_proxy: 'serv-ca.nspace' })).toEqual([]);
});
