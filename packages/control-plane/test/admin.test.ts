import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { type ControlPlaneOptions, createControlPlane } from '../src/index.js';
import { ScriptedSource } from './doubles/scripted-source.js';
import { RawStream, until } from './streams.js';

const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function start(options: ControlPlaneOptions = {}) {
  const source = new ScriptedSource();
  const admin = { port: 0 };
  const controlPlane = createControlPlane({ source, port: 0, mergeMs: 0, admin, ...options });
  const listening = await controlPlane.start();
  open.push(controlPlane);
  const get = async (path: string): Promise<[status: number, body: string]> => {
    const answer = await fetch(`http://127.0.0.1:${listening.admin?.port}${path}`, {
      headers: { connection: 'close' },
    });
    return [answer.status, await answer.text()];
  };
  const stream = (): RawStream => {
    const opened = new RawStream(listening.port, 'sotw');
    open.unshift(opened);
    return opened;
  };
  return { source, controlPlane, listening, get, stream };
}

/** A client that has the endpoints of `a.n:1`, and refuses the cluster. */
async function connected() {
  const { source, stream, ...rest } = await start();
  const client = stream();
  source.put('a.n', '10.0.0.1');
  client.ask('cluster', ['a.n:1']);
  await until('the cluster is there', () => client.responses.length === 1);
  client.refuse('cluster', ['a.n:1'], { nonce: client.nonce, text: 'a.n:1 is odd' });
  client.ask('endpoints', ['a.n:1']);
  await until('the endpoints are there', () => client.responses.length === 2);
  client.ask('endpoints', ['a.n:1'], client.nonce);
  return { source, client, ...rest };
}

describe('the admin pages', () => {
  it('say that it lives, and that it is ready when the cluster was read and not when the end has come', async () => {
    const { source, controlPlane, get, stream } = await start({ random: () => 1 });
    const client = stream();
    client.ask('endpoints', ['a.n:1']);
    expect(await get('/healthz')).toEqual([200, 'ok\n']);
    expect((await get('/readyz'))[0]).toBe(503);
    source.remove('kubernetes.default');
    await controlPlane.synced();
    expect(await get('/readyz')).toEqual([200, 'ok\n']);
    const closed = controlPlane.close({ spreadMs: 60_000 });
    expect((await get('/readyz'))[0]).toBe(503);
    expect((await get('/healthz'))[0]).toBe(200);
    client.close();
    await closed;
    await expect(get('/healthz')).rejects.toThrow();
  });

  it('list who is connected, what they hold and what they refuse', async () => {
    const { controlPlane, get } = await connected();
    await until('the refusal has come', () => controlPlane.clients()[0]?.refusals.length === 1);
    const { count, clients } = JSON.parse((await get('/clients'))[1]);
    expect(count).toBe(1);
    expect(clients[0]).toMatchObject({
      node: 'raw',
      language: 'other',
      refusals: [{ type: 'cluster', name: 'a.n:1', text: 'a.n:1 is odd' }],
      holds: [
        {
          type: 'cluster',
          accepted: false,
          count: 1,
          versions: { 'a.n:1': expect.stringMatching(/^\w{16}$/) },
        },
        { type: 'endpoints', count: 1 },
      ],
    });
    expect(JSON.parse((await get('/clients?node=nobody'))[1])).toEqual({ count: 0, clients: [] });
  });

  it('show what clients are served, as protobuf writes it in JSON', async () => {
    const { get } = await connected();
    const page = JSON.parse((await get('/snapshot?type=endpoints'))[1]);
    expect(page).toMatchObject({
      count: 1,
      resources: [
        {
          type: 'endpoints',
          name: 'a.n:1',
          resource: {
            '@type': 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
            clusterName: 'a.n:1',
            endpoints: [
              {
                lbEndpoints: [
                  { endpoint: { address: { socketAddress: { address: '10.0.0.1', portValue: 8080 } } } },
                ],
              },
            ],
          },
        },
      ],
    });
    const all = JSON.parse((await get('/snapshot?name=a.n:1'))[1]);
    expect(all.resources.map(({ type }: { type: string }) => type).sort()).toEqual([
      'cluster',
      'endpoints',
      'route',
    ]);
    expect(JSON.parse((await get('/snapshot?limit=1'))[1])).toMatchObject({ count: 3, resources: [{}] });
  });

  it('count, and measure from a change to when a client took it over', async () => {
    const { source, client, get } = await connected();
    source.put('a.n', '10.0.0.2');
    await until('the change is there', () => client.responses.length === 3);
    client.ask('endpoints', ['a.n:1'], client.nonce);
    let text = '';
    const counted = async (): Promise<boolean> => {
      [, text] = await get('/metrics');
      return text.includes('fairlead_xds_ack_age_seconds_count 1\n');
    };
    while (!(await counted())) expect(client.ended).toBeUndefined();
    expect(text).toContain('fairlead_xds_responses_total{type="endpoints"} 2\n');
    expect(text).toContain('fairlead_xds_nacks_total{type="cluster"} 1\n');
    expect(text).toContain('fairlead_xds_refusing 1\n');
  });

  it.each([
    ['/', 404, 'accepted: /healthz, /readyz, /metrics, /clients, /snapshot\n'],
    ['/constructor', 404, 'accepted: /healthz, /readyz, /metrics, /clients, /snapshot\n'],
    ['/clients?limit=0', 400, '{"error":"limit: accepted is 1 to 1000"}\n'],
    ['/snapshot?type=x', 400, '{"error":"type: accepted are cluster, endpoints, listener, route"}\n'],
  ])('answer %s with %i', async (path, status, text) => {
    const { get } = await start();
    expect(await get(path)).toEqual([status, text]);
  });

  it('accept no other method than GET and HEAD', async () => {
    const { listening } = await start();
    const status = await new Promise((resolve, reject) => {
      const post = request({
        port: listening.admin?.port,
        host: '127.0.0.1',
        method: 'POST',
        path: '/healthz',
      });
      post.on('response', (answer) => resolve(answer.resume().statusCode)).on('error', reject);
      post.end();
    });
    expect(status).toBe(405);
  });

  it('do not keep the control plane from saying that their port is taken', async () => {
    const { listening } = await start();
    const second = createControlPlane({ source: new ScriptedSource(), port: 0, admin: listening.admin });
    open.push(second);
    await expect(second.start()).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
  });
});
