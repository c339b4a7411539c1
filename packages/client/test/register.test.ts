import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Clock, DiscoveryError, systemClock } from '@fairlead/discovery';
import * as grpc from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { AccessChoice } from '../src/clusters/clusters.js';
import type { RegisterOptions } from '../src/options.js';
import type { Internals } from '../src/registration/create-runtime.js';
import { Echo, failure, until } from './support/calls.js';
import { FakeSource, fakeCluster } from './support/fake-source.js';
import { type Pod, startPods } from './support/pods.js';

const require = createRequire(import.meta.url);
const source = new FakeSource();
const warnings: string[] = [];
const nothing = (): void => {};
const logger = {
  debug: nothing,
  info: nothing,
  error: nothing,
  warn: (msg: string) => void warnings.push(msg),
};
/** What waits for a second: the later looks for copies. */
let later: (() => void)[];
const clock: Clock = {
  now: Date.now,
  setTimeout(fn, ms) {
    if (ms !== 1000) return systemClock.setTimeout(fn, ms);
    later.push(fn);
    return { cancel: nothing, unref: nothing };
  },
};
let folder: string;
let pods: Pod[];
let register: (options?: RegisterOptions) => void;
let preload: () => void;
let opened: AccessChoice[];
let noAccess: boolean;

/** A further copy of grpc-js on the disk, as a nested install leaves it. */
function copyGrpc(name: string): string {
  const modules = join(folder, name, 'node_modules');
  const path = join(modules, '@grpc', 'grpc-js');
  const original = dirname(require.resolve('@grpc/grpc-js/package.json'));
  mkdirSync(dirname(path), { recursive: true });
  cpSync(original, path, { recursive: true, filter: (file) => !file.endsWith('.map') });
  symlinkSync(
    join(dirname(dirname(original)), '@grpc', 'proto-loader'),
    join(modules, '@grpc', 'proto-loader'),
  );
  symlinkSync(join(dirname(dirname(original)), '@js-sdsl'), join(modules, '@js-sdsl'));
  return path;
}

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'fairlead-copies-')));
  pods = await startPods(3, {}, 6);
  source.push(pods.map((pod) => pod.endpoint));
});

beforeEach(async () => {
  // A process registers once; a fresh module is a fresh process as far as this package knows.
  vi.resetModules();
  warnings.length = 0;
  later = [];
  opened = [];
  noAccess = false;
  const { registerByPreload, registerWith } = await import('../src/registration/register.js');
  const internals: Internals = {
    openCluster: (choice) => {
      opened.push(choice);
      if (noAccess) throw new DiscoveryError('ACCESS_INVALID', 'no access to a cluster found');
      return { ...fakeCluster(source), namespace: choice.context ?? 'ns' };
    },
  };
  register = (options = {}) => void registerWith({ logger, clock, ...options }, internals);
  preload = () => registerByPreload(internals);
});

afterEach(() => {
  for (const file of Object.keys(require.cache)) if (file.startsWith(folder)) delete require.cache[file];
});

afterAll(() => {
  for (const pod of pods) pod.stop();
  rmSync(folder, { recursive: true });
});

function dial(
  options: grpc.ClientOptions = {},
  target = 'k8s:///svc.ns:8088',
  module: typeof grpc = grpc,
): Echo {
  return new Echo(target, options, module);
}

it('does nothing when called again with the same options, and names the option that differs', () => {
  register({ settleMs: 20, policy: 'roundRobin' });
  register({ settleMs: 20, policy: 'roundRobin' });
  expect(() => register({ settleMs: 30, policy: 'roundRobin' })).toThrow(
    'register() was called before with another settleMs',
  );
  expect(() => register({ settleMs: 20 })).toThrow('another policy');
});

it('lets options take the place of a preload, in every copy, until a client is made', async () => {
  preload();
  expect(() => register({ policy: 'fastest' })).toThrow('register option policy: fairlead.pick');
  register({ policy: 'roundRobin', context: 'stage' });
  expect(opened).toEqual([{}, { context: 'stage' }]);
  const echo = dial();
  const round = async (): Promise<string[]> => [await echo.say(), await echo.say(), await echo.say()];
  await until(async () => new Set(await round()).size === 3, 'all pods are connected');
  const first = await round();
  for (let i = 0; i < 3; i++) expect(await round()).toEqual(first);
  echo.close();
  preload();
  expect(() => register({ policy: 'leastRequest' })).toThrow('called before with another context');
});

it('says what to do when options come after a preload and a client', () => {
  preload();
  dial().close();
  expect(() => register({ policy: 'roundRobin' })).toThrow(
    '@fairlead/client/register was preloaded and a client made before register() came with policy: preload a file of your own that calls register() with its options instead',
  );
});

it.each<[RegisterOptions, string]>([
  [{ policy: 'fastest' }, 'register option policy: fairlead.pick'],
  [{ settleMs: -1 }, 'register option settleMs'],
])('refuses %j and stays unregistered', async (options, message) => {
  expect(() => register(options)).toThrow(message);
  register({});
  const echo = dial();
  expect(await echo.say()).toMatch(/^pod-/);
  echo.close();
});

it('reads credentials when called, and those of a channel where the client is made', () => {
  register({ kubeconfig: '/etc/kube', context: 'prod' });
  expect(opened).toEqual([{ kubeconfig: '/etc/kube', context: 'prod' }]);
  dial({ 'fairlead.context': 'stage' }).close();
  dial({ 'fairlead.context': 'stage' }).close();
  dial({ 'fairlead.kubeconfig': '/other' }).close();
  expect(opened.slice(1)).toEqual([{ kubeconfig: '/etc/kube', context: 'stage' }, { kubeconfig: '/other' }]);
});

it('needs no cluster until a target is dialled', () => {
  noAccess = true;
  register();
  expect(() => dial()).toThrow('no access to a cluster found');
});

it('throws at once when the credentials that it was told of cannot be used', () => {
  noAccess = true;
  expect(() => register({ kubeconfig: '/missing' })).toThrow('no access to a cluster found');
});

it('says when the authority cannot follow the context of a channel', () => {
  register();
  dial({ 'fairlead.context': 'stage' }, 'k8s:///svc:8088').close();
  dial({ 'fairlead.context': 'stage', 'grpc.default_authority': 'x' }, 'k8s:///other:8088').close();
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain(
    'calls carry the authority "svc.ns.svc:8088" although the channel\'s context means "svc.stage.svc:8088"',
  );
});

it('warns with the remedy when a proxy variable swallows a target', async () => {
  register();
  vi.stubEnv('https_proxy', 'http://127.0.0.1:1');
  const echo = dial();
  await failure(echo.say());
  echo.close();
  const direct = dial({ 'grpc.enable_http_proxy': 0 });
  expect(await direct.say()).toMatch(/^pod-/);
  direct.close();
  vi.unstubAllEnvs();
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain(
    "https_proxy sends the target through a proxy, past every resolver: set the channel option 'grpc.enable_http_proxy': 0",
  );
});

it('names both copies when another grpc-js is loaded, and works in it when told', async () => {
  const path = copyGrpc('second');
  const other: typeof grpc = require(path);
  register();
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatch(
    /^several copies of @grpc\/grpc-js are loaded: .*grpc-js \(1\.14\.\d+, registered\), .*second.*grpc-js \(1\.14\.\d+\): k8s:\/\/\/ does not work in the last one\./,
  );
  const lost = dial({}, undefined, other);
  const error = await failure(lost.say());
  expect([error.code, error.details]).toEqual([14, expect.stringContaining('dns:k8s:///svc.ns:8088')]);
  lost.close();

  register({ grpc: other });
  const echo = dial({}, undefined, other);
  expect(await echo.say()).toMatch(/^pod-/);
  echo.close();
  const own = dial();
  expect(await own.say()).toMatch(/^pod-/);
  own.close();
});

it('names a copy that was loaded after the registered one left the cache, as Jest and bundles do', async () => {
  register();
  const own = require.resolve('@grpc/grpc-js');
  const cached = require.cache[own];
  delete require.cache[own];
  try {
    require(copyGrpc('alone'));
    register();
    expect(warnings).toEqual([
      expect.stringMatching(
        /are loaded: the registered one, .*alone.*grpc-js \(1\.14\.\d+\): k8s:\/\/\/ does not/,
      ),
    ]);
  } finally {
    if (cached !== undefined) require.cache[own] = cached;
  }
});

it('names a copy that is loaded after register(), once for all channels', async () => {
  register();
  expect(later).toHaveLength(1);
  const echo = dial();
  await echo.say();
  require(copyGrpc('late'));
  for (const look of later.splice(0)) look();
  expect(warnings).toEqual([expect.stringMatching(/late.*grpc-js \(1\.14\.\d+\): k8s:\/\/\/ does not work/)]);
  const other = dial();
  await other.say();
  for (const look of later.splice(0)) look();
  expect(warnings).toHaveLength(1);
  for (const each of [echo, other]) each.close();
});

it('says that another version of itself served the copy before', () => {
  const other: typeof grpc = require(copyGrpc('shared'));
  const mark = Symbol.for('@fairlead/client');
  Object.defineProperty(other.experimental.registerResolver, mark, { value: '0.0.9', configurable: true });
  register({ grpc: other });
  expect(warnings).toEqual([
    expect.stringMatching(
      /^@fairlead\/client 0\.0\.9 and \d+\.\d+\.\d+ are both loaded: \d+\.\d+\.\d+ serves new/,
    ),
  ]);
});

it('serves a grpc-js that is frozen', async () => {
  const frozen: typeof grpc = require(copyGrpc('frozen'));
  Object.freeze(frozen.experimental.registerResolver);
  register({ grpc: Object.freeze({ ...frozen, experimental: Object.freeze({ ...frozen.experimental }) }) });
  expect(warnings).toEqual([]);
  const echo = dial({}, undefined, frozen);
  expect(await echo.say()).toMatch(/^pod-/);
  echo.close();
});

it('takes a copy that is handed in by the first call', async () => {
  const other: typeof grpc = require(copyGrpc('third'));
  register({ grpc: other });
  expect(warnings).toEqual([]);
  const echo = dial({}, undefined, other);
  expect(await echo.say()).toMatch(/^pod-/);
  echo.close();
});

it('refuses a copy that is too old with both versions', () => {
  const path = join(folder, 'old', 'node_modules', '@grpc', 'grpc-js');
  mkdirSync(join(path, 'build', 'src'), { recursive: true });
  writeFileSync(join(path, 'package.json'), '{"version":"1.9.16","main":"build/src/index.js"}');
  writeFileSync(
    join(path, 'build', 'src', 'index.js'),
    'module.exports = { experimental: { registerResolver() {} }, Metadata: class {}, status: {} };',
  );
  const old: typeof grpc = require(path);
  expect(() => register({ grpc: old })).toThrow(
    /^@fairlead\/client 0\.1\.0 needs @grpc\/grpc-js ~1\.14: .*old.*grpc-js \(1\.9\.16\) lacks connectivityState, InterceptingCall, experimental\.registerLoadBalancerType/,
  );
  for (const module of [{ experimental: {} }, null, 'grpc']) {
    const options = { grpc: module } as RegisterOptions;
    expect(() => register(options)).toThrow('this copy lacks Metadata');
  }
});

it('lets the newest load of this package serve a grpc-js that is shared', async () => {
  register();
  vi.resetModules();
  const { registerWith } = await import('../src/registration/register.js');
  registerWith({ logger, clock }, { openCluster: () => fakeCluster(source) });
  const echo = dial();
  expect(await echo.say()).toMatch(/^pod-/);
  echo.close();
});
