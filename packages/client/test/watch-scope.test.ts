import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { register } from '../src/registration/register.js';
import { ApiServer } from './support/api-server.js';
import { Echo, until } from './support/calls.js';
import { type Pod, startPods } from './support/pods.js';

let folder: string;
let pods: Pod[];
let api: ApiServer;
let echo: Echo;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fairlead-scope-'));
  pods = await startPods(1, {}, 12);
  api = await new ApiServer(pods[0]!.port).start();
  api.push([{ host: pods[0]!.host, pod: 'pod-1' }]);
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, api.kubeconfig);
  register({ kubeconfig, watchScope: 'namespace', lingerMs: 0 });
  echo = new Echo('k8s:///svc.ns:tcp');
});

afterAll(async () => {
  echo.close();
  for (const pod of pods) pod.stop();
  await until(() => api.watching === 0, 'the end of the watch');
  await api.stop();
  rmSync(folder, { recursive: true });
});

it('watches the whole namespace from the first Service on when register() says so', async () => {
  expect(await echo.say()).toBe('pod-1');
  await until(() => api.watching === 1, 'a watch');
  expect(new Set(api.selectors)).toEqual(new Set([null]));
});
