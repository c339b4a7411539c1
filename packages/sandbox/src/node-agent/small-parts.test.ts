import { expect, it } from 'vitest';
import { bindFailure } from './bind-failure.js';
import { healthRequest, healthStatus } from './health-codec.js';
import { createIpPool } from './ip-pool.js';
import { microTime, nodeLease, nodeStatus } from './node-object.js';
import { portNumber } from './probe-attempt.js';
import { isKubeStatus } from './refusal.js';

it('hands out each address of a /24 once and released ones last', () => {
  const pool = createIpPool('127.5.1.0/24');
  const all = Array.from({ length: 254 }, () => pool.allocate());
  expect(new Set(all).size).toBe(254);
  expect([all[0], all[253]]).toEqual(['127.5.1.1', '127.5.1.254']);
  expect(pool.allocate()).toBe(undefined);
  pool.release('127.5.1.7');
  pool.release('127.5.1.7');
  pool.release('10.0.0.1');
  expect([pool.allocate(), pool.allocate()]).toEqual(['127.5.1.7', undefined]);
});

it.each(['127.5.1.0/16', '127.5.1.1/24', '300.5.1.0/24', '::/24', ''])(
  'refuses the pod range "%s"',
  (range) => {
    expect(() => createIpPool(range)).toThrow(`pod range "${range}": accepted is`);
  },
);

it.each([
  ['Error: listen EADDRINUSE: address already in use 0.0.0.0:8088', /listen on \$POD_IP \(127\.5\.1\.2\)/],
  ['Error: listen EADDRINUSE: address already in use 127.5.1.2:8088', /another container of the pod/],
  ['OSError: [Errno 98] Address already in use', /listen on \$POD_IP/],
  ['bind: permission denied', /ports below 1024 need root/],
  ['Error: listen EACCES: permission denied 127.5.1.2:80', /ports below 1024/],
  ['open /etc/shadow: permission denied', undefined],
  ['TypeError: x is not a function', undefined],
])('explains "%s"', (stderr, expected) => {
  const found = bindFailure(stderr, '127.5.1.2');
  if (expected) expect(found).toMatch(expected);
  else expect(found).toBe(undefined);
});

it('speaks grpc.health.v1', () => {
  expect(healthRequest('').toString('hex')).toBe('0000000000');
  expect(healthRequest('ab').toString('hex')).toBe('00000000040a026162');
  expect(() => healthRequest('x'.repeat(128))).toThrow('accepted are up to 127 bytes');
  const answer = (message: number[]) => Buffer.from([0, 0, 0, 0, message.length, ...message]);
  expect(healthStatus(answer([8, 1]))).toBe('SERVING');
  expect(healthStatus(answer([8, 2]))).toBe('NOT_SERVING');
  expect(healthStatus(answer([8, 9]))).toBe('UNKNOWN');
  expect(healthStatus(answer([]))).toBe('UNKNOWN');
  expect(healthStatus(Buffer.alloc(0))).toBe('UNKNOWN');
  expect(healthStatus(Buffer.from([1, 0, 0, 0, 2, 8, 1]))).toBe('UNKNOWN');
});

it('finds a port by number or by name', () => {
  const container = { name: 'c', ports: [{ name: 'grpc', containerPort: 8088 }, { containerPort: 9090 }] };
  expect(portNumber(80, container)).toBe(80);
  expect(portNumber('81', container)).toBe(81);
  expect(portNumber('grpc', container)).toBe(8088);
  expect(() => portNumber('http', container)).toThrow("couldn't find port: http in container c");
  expect(() => portNumber(70_000, container)).toThrow("couldn't find port: 70000");
});

it('writes a Node and a Lease as the kubelet does', () => {
  const nowMs = Date.parse('2030-01-01T00:00:00.123Z');
  expect(microTime(nowMs)).toBe('2030-01-01T00:00:00.123000Z');
  expect(nodeLease('n', 'u', nowMs)).toMatchObject({
    metadata: {
      name: 'n',
      namespace: 'kube-node-lease',
      ownerReferences: [{ kind: 'Node', name: 'n', uid: 'u' }],
    },
    spec: { holderIdentity: 'n', leaseDurationSeconds: 40 },
  });
  expect(nodeLease('n', undefined, nowMs).metadata).not.toHaveProperty('ownerReferences');
  const node = { nodeName: 'n', zone: 'z', hostIP: '10.0.0.9', kubeletPort: 10250, maxPods: 10, nowMs };
  expect(nodeStatus(node, [])).toMatchObject({
    allocatable: { pods: '10' },
    addresses: [{ type: 'InternalIP', address: '10.0.0.9' }, { type: 'Hostname' }],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
  });
});

it('finds the HTTP status of an error or of its cause', () => {
  expect(isKubeStatus({ status: 404 }, 404, 409)).toBe(true);
  expect(isKubeStatus({ status: 500 }, 404)).toBe(false);
  expect(isKubeStatus(new Error('x', { cause: { status: 404 } }), 404)).toBe(true);
  expect(isKubeStatus(undefined, 404)).toBe(false);
  expect(isKubeStatus('404', 404)).toBe(false);
});
