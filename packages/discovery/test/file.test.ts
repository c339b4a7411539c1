import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { EndpointSet, EndpointSetState } from '../src/endpoint-set.js';
import type { Watch } from '../src/source.js';
import { resolveEndpoints, watchEndpoints } from '../src/watch-endpoints.js';
import { MountedVolume } from './doubles/mounted-volume.js';

let folder: string;
let watch: Watch | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-file-'));
});
afterEach(async () => {
  watch?.close();
  watch = undefined;
  await rm(folder, { recursive: true });
});

const listing = (...addresses: string[]): string =>
  `endpoints:\n${addresses.map((each) => `  - ${each}\n`).join('')}`;

function follow(path: string) {
  const sets: EndpointSet[] = [];
  const states: EndpointSetState[] = [];
  watch = watchEndpoints(`file://${path}`, {
    onSet: (set) => sets.push(set),
    onState: (state) => states.push(state),
  });
  return { sets, states, keys: () => sets.at(-1)?.endpoints.map(({ key }) => key) };
}

it('follows a file that is written anew, replaced, removed and put back', async () => {
  const path = join(folder, 'endpoints.yaml');
  await writeFile(path, listing('10.0.0.1:80'));
  const { keys, states } = follow(path);
  await expect.poll(keys).toEqual(['10.0.0.1:80']);
  await writeFile(path, listing('10.0.0.1:80', '10.0.0.2:80'));
  await expect.poll(keys).toEqual(['10.0.0.1:80', '10.0.0.2:80']);
  await writeFile(`${path}.new`, listing('10.0.0.2:80'));
  await rename(`${path}.new`, path);
  await expect.poll(keys).toEqual(['10.0.0.2:80']);
  await rm(path);
  await expect.poll(() => states.at(-1)).toMatchObject({ kind: 'stale', cause: { code: 'FILE_INVALID' } });
  expect(keys()).toEqual(['10.0.0.2:80']);
  await writeFile(path, listing('10.0.0.3:80'));
  await expect.poll(keys).toEqual(['10.0.0.3:80']);
  expect(states.at(-1)).toEqual({ kind: 'live' });
});

it('follows a ConfigMap, whose files lead through a link that is swapped, and never finds it gone', async () => {
  const volume = new MountedVolume(join(folder, 'conf'));
  await volume.put({ 'endpoints.yaml': listing('10.0.0.1:80') });
  const { keys, states } = follow(join(volume.path, 'endpoints.yaml'));
  await expect.poll(keys).toEqual(['10.0.0.1:80']);
  await volume.put({ 'endpoints.yaml': listing('10.0.0.2:80') });
  await expect.poll(keys).toEqual(['10.0.0.2:80']);
  for (let port = 1; port <= 100; port++) {
    await volume.put({ 'endpoints.yaml': listing(`10.0.0.3:${port}`) });
  }
  await expect.poll(keys, { timeout: 15_000 }).toEqual(['10.0.0.3:100']);
  expect(states.filter(({ kind }) => kind !== 'live')).toEqual([]);
});

it('keeps the last good endpoints of a file that cannot be read, and says what is wrong', async () => {
  const path = join(folder, 'endpoints.yaml');
  await writeFile(path, listing('10.0.0.1:80'));
  const { keys, states } = follow(path);
  await expect.poll(keys).toEqual(['10.0.0.1:80']);
  await writeFile(path, listing('10.0.0.1'));
  const message = `the file ${path} cannot be used: endpoints[0].address: got "10.0.0.1", accepted: HOST:PORT`;
  await expect
    .poll(() => states.at(-1))
    .toMatchObject({
      kind: 'stale',
      cause: { message: expect.stringContaining(message) },
    });
  expect(keys()).toEqual(['10.0.0.1:80']);
  await writeFile(path, 'x'.repeat(5 * 1024 * 1024));
  await expect
    .poll(() => states.at(-1))
    .toMatchObject({ cause: { message: expect.stringContaining('accepted are at most 4194304') } });
});

it('waits for a file and its folder to be there', async () => {
  const path = join(folder, 'later', 'endpoints.yaml');
  const { keys, states } = follow(path);
  await expect.poll(() => states[0]).toMatchObject({ kind: 'unknown', cause: { code: 'FILE_INVALID' } });
  await mkdir(join(folder, 'later'));
  await writeFile(path, listing('10.0.0.1:80'));
  await expect.poll(keys, { timeout: 6_000 }).toEqual(['10.0.0.1:80']);
});

it('refuses a file that is not there at once when asked to look once, and lists static endpoints', async () => {
  await expect(resolveEndpoints(`file://${folder}/none.yaml`)).rejects.toThrow(
    /none.yaml cannot be used: ENOENT/,
  );
  const set = await resolveEndpoints('static:///10.0.0.2:80,[fd00::1]:80,10.0.0.2:80');
  expect(set).toMatchObject({ source: 'static', state: { kind: 'live' } });
  expect(set.endpoints.map(({ key }) => key)).toEqual(['10.0.0.2:80', '[fd00::1]:80']);
});
