import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type EndpointSet, type EndpointSetState, resolveEndpoints, watchEndpoints } from '../src/index.js';
import { failure, type KubeServer, line, type Reply, startKubeServer } from './doubles/kube-server.js';
import { type SliceFields, slice } from './doubles/slices.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const END_OF_LIST = line('BOOKMARK', {
  metadata: { resourceVersion: '9', annotations: { 'k8s.io/initial-events-end': 'true' } },
});

/** An API server with slices, by the service in the label selector, and the streams that are open. */
async function startApi(slices: Readonly<Record<string, readonly SliceFields[]>> = {}) {
  const streams = new Set<ServerResponse>();
  const answer: Reply = (response, { path, query }) => {
    if (!path.endsWith('/endpointslices')) return failure(404, 'NotFound')(response, {} as never);
    const service = query.labelSelector?.split('=')[1] ?? '';
    response.writeHead(200, { 'content-type': 'application/json' });
    const namespace = path.split('/')[5] ?? '';
    for (const each of slices[`${namespace}/${service}`] ?? []) {
      response.write(line('ADDED', slice({ namespace, service, resourceVersion: '5', ...each })));
    }
    response.write(END_OF_LIST);
    streams.add(response);
    response.on('close', () => streams.delete(response));
  };
  const server = await startKubeServer(answer);
  closers.push(() => server.close());
  const push = (text: string): void => {
    for (const stream of streams) stream.write(text);
  };
  return { server, streams, push };
}

function kubeconfig({ url }: Pick<KubeServer, 'url'>, namespace?: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-'));
  closers.push(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'config');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'c', user: 'u', ...(namespace ? { namespace } : {}) } }],
    clusters: [{ name: 'c', cluster: { server: url } }],
    users: [{ name: 'u', user: {} }],
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

const one = [{ name: 's', endpoints: [{ host: '10.0.0.1', uid: 'a' }] }];
const two = { name: 's', namespace: 'ns', endpoints: [{ host: '10.0.0.1', uid: 'a' }, { host: '10.0.0.2' }] };
const keys = (set: EndpointSet | undefined) => set?.endpoints.map((endpoint) => endpoint.key);

describe('watchEndpoints', () => {
  it('follows a Service, over one connection for all that watch it', async () => {
    const { server, streams, push } = await startApi({ 'ns/svc': one });
    const options = { kubeconfig: kubeconfig(server), lingerMs: 0 };
    const sets: EndpointSet[][] = [[], []];
    const watches = ['k8s:///svc.ns:8088', 'svc.ns:tcp'].map((target, index) =>
      watchEndpoints(target, { ...options, onSet: (set) => sets[index]?.push(set) }),
    );
    await vi.waitFor(() =>
      expect(sets.map((each) => keys(each[0]))).toEqual([['10.0.0.1:8088'], ['10.0.0.1:8088']]),
    );
    expect(server.accepted).toBe(1);
    push(line('MODIFIED', slice({ ...two, resourceVersion: '10' })));
    await vi.waitFor(() => expect(keys(sets[1]?.at(-1))).toEqual(['10.0.0.1:8088', '10.0.0.2:8088']));
    expect(sets[0]?.at(-1)?.version).toBe(sets[1]?.at(-1)?.version);
    for (const watch of watches) watch.close();
    await vi.waitFor(() => expect(streams.size).toBe(0));
  });

  it('starts anew after all watches ended', async () => {
    const { server, streams } = await startApi({ 'ns/svc': one });
    const options = { kubeconfig: kubeconfig(server), lingerMs: 0 };
    for (let round = 0; round < 2; round++) {
      const sets: EndpointSet[] = [];
      const watch = watchEndpoints('k8s:///svc.ns', { ...options, onSet: (set) => sets.push(set) });
      await vi.waitFor(() => expect(sets).toHaveLength(1));
      watch.close();
      await vi.waitFor(() => expect(streams.size).toBe(0));
    }
  });

  it('ends with its signal', async () => {
    const { server, streams } = await startApi({ 'ns/svc': one });
    const aborter = new AbortController();
    const options = { kubeconfig: kubeconfig(server), lingerMs: 0, onSet: () => {} };
    watchEndpoints('k8s:///svc.ns', { ...options, signal: aborter.signal });
    await vi.waitFor(() => expect(streams.size).toBe(1));
    aborter.abort();
    await vi.waitFor(() => expect(streams.size).toBe(0));
    watchEndpoints('k8s:///svc.ns', { ...options, signal: aborter.signal }).close();
    expect(streams.size).toBe(0);
  });

  it('says that it lost the API server, keeps the endpoints, and finds it again', async () => {
    const { server, push } = await startApi({ 'ns/svc': one });
    const sets: EndpointSet[] = [];
    const states: EndpointSetState[] = [];
    const onState = (state: EndpointSetState): void => void states.push(state);
    const options = { kubeconfig: kubeconfig(server), lingerMs: 0, random: () => 0 };
    const watch = watchEndpoints('k8s:///svc.ns', { ...options, onSet: (set) => sets.push(set), onState });
    closers.push(() => watch.close());
    await vi.waitFor(() => expect(sets).toHaveLength(1));
    const answer = server.reply;
    server.reply = failure(503, 'ServiceUnavailable');
    server.reset();
    await vi.waitFor(() => expect(states.at(-1)?.kind).toBe('stale'), 5000);
    server.reply = answer;
    await vi.waitFor(() => expect(states.at(-1)?.kind).toBe('live'), 10_000);
    expect(sets).toHaveLength(1);
    push(line('MODIFIED', slice({ ...two, resourceVersion: '10' })));
    await vi.waitFor(() => expect(keys(sets.at(-1))).toHaveLength(2));
  });

  it('names a bad target before it looks for credentials', () => {
    const options = { kubeconfig: '/does/not/exist', onSet: () => {} };
    expect(() => watchEndpoints('k8s://svc.ns:8088', options)).toThrow(/write three slashes/);
    expect(() => watchEndpoints('k8s:///svc.ns:8088', options)).toThrow(/\/does\/not\/exist/);
  });
});

describe('resolveEndpoints', () => {
  it.each([
    ['the context', undefined, 'here'],
    ['the option', 'there', 'there'],
  ])('takes the namespace of %s', async (_, namespace, expected) => {
    const { server } = await startApi({ [`${expected}/svc`]: one });
    const options = {
      kubeconfig: kubeconfig(server, 'here'),
      lingerMs: 0,
      ...(namespace ? { namespace } : {}),
    };
    const set = await resolveEndpoints('k8s:///svc:8088', options);
    expect(keys(set)).toEqual(['10.0.0.1:8088']);
    expect(set).toMatchObject({ target: 'k8s:///svc:8088', reason: 'first list', state: { kind: 'live' } });
  });

  it('resolves with an empty set that says why', async () => {
    const { server } = await startApi();
    const set = await resolveEndpoints('k8s:///svc.ns', { kubeconfig: kubeconfig(server), lingerMs: 0 });
    expect(set.endpoints).toEqual([]);
    expect(set.absence).toEqual({
      code: 'NO_SERVICE',
      message: 'Service svc does not exist in namespace ns',
    });
  });

  it.each([
    [
      401,
      'UNAUTHORIZED',
      /^k8s:\/\/\/svc\.ns: the API server refused the credentials \(401\): .*context test/,
    ],
    [
      403,
      'FORBIDDEN',
      /may not watch endpointslices\.discovery\.k8s\.io in namespace ns: "fairlead doctor --rbac k8s:\/\/\/svc\.ns" prints the Role/,
    ],
  ])('rejects at once when the API server says %i', async (status, code, text) => {
    const server = await startKubeServer(failure(status, 'No'));
    closers.push(() => server.close());
    const options = { kubeconfig: kubeconfig(server), lingerMs: 0, timeoutMs: 20_000 };
    const error = await resolveEndpoints('k8s:///svc.ns', options).catch((each: unknown) => each);
    expect(error).toMatchObject({ code, message: expect.stringMatching(text) });
  });

  it('rejects when no answer comes in time, with the last error', async () => {
    const options = { kubeconfig: kubeconfig({ url: 'http://127.0.0.1:1' }), lingerMs: 0, timeoutMs: 300 };
    await expect(resolveEndpoints('k8s:///svc.ns', options)).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringMatching(
        /no answer from the API server http:\/\/127\.0\.0\.1:1 for 0\.3 s \(last error: .*ECONNREFUSED/,
      ),
    });
  });

  it('rejects without a last error when the API server is silent', async () => {
    const server = await startKubeServer(() => {});
    closers.push(() => server.close());
    const options = { kubeconfig: kubeconfig(server), lingerMs: 0, timeoutMs: 100 };
    const text = `k8s:///svc.ns: no answer from the API server ${server.url} for 0.1 s`;
    await expect(resolveEndpoints('k8s:///svc.ns', options)).rejects.toThrow(text);
  });

  it('gives up with its signal', async () => {
    const server = await startKubeServer(() => {});
    closers.push(() => server.close());
    const options = { kubeconfig: kubeconfig(server), lingerMs: 0 };
    const aborter = new AbortController();
    const looking = resolveEndpoints('k8s:///svc.ns', { ...options, signal: aborter.signal });
    aborter.abort(new Error('enough'));
    await expect(looking).rejects.toThrow('enough');
    await expect(resolveEndpoints('k8s:///svc.ns', { ...options, signal: aborter.signal })).rejects.toThrow(
      'enough',
    );
  });
});

describe('a process', () => {
  /** Runs the built package as users do; resolves with its output once it ended. */
  async function run(code: string, env: Readonly<Record<string, string>>): Promise<string> {
    const program = `import { watchEndpoints, resolveEndpoints } from '@fairlead/discovery'; ${code}`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: import.meta.dirname,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    closers.push(() => child.kill('SIGKILL'));
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    await once(child, 'close');
    return output;
  }

  it('goes on while a watch is open and ends after its close, though the watch lingers', async () => {
    const { server } = await startApi({ 'ns/svc': one });
    const code = `const watch = watchEndpoints('k8s:///svc.ns', {
      onSet: (set) => { console.log(set.endpoints[0].key); watch.close(); } });`;
    expect(await run(code, { KUBECONFIG: kubeconfig(server) })).toBe('10.0.0.1:8088\n');
  });

  it('does not wait for a watch with ref: false', async () => {
    const { server } = await startApi({ 'ns/svc': one });
    const code = `watchEndpoints('k8s:///svc.ns', { ref: false, onSet: () => console.log('set') });
      process.on('exit', () => console.log('end'));`;
    expect(await run(code, { KUBECONFIG: kubeconfig(server) })).toMatch(/end\n$/);
  });

  it('ends after it resolved', async () => {
    const { server } = await startApi({ 'ns/svc': one });
    const code = `console.log((await resolveEndpoints('k8s:///svc.ns')).endpoints.length);`;
    expect(await run(code, { KUBECONFIG: kubeconfig(server) })).toBe('1\n');
  });

  it('reaches for nothing on import', async () => {
    const kinds = '/^(TCP|UDP|TLS|Process|FSEvent|HTTP|Timeout|Immediate|GetAddrInfo)/';
    const code = `console.log(process.getActiveResourcesInfo().filter((kind) => ${kinds}.test(kind)).length);`;
    expect(await run(code, { KUBECONFIG: '/does/not/exist' })).toBe('0\n');
  });
});
