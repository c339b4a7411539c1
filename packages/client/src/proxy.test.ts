import { beforeEach, expect, it } from 'vitest';
import { createTroubleLog } from './log.js';
import { ProxyCheck } from './proxy.js';

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
