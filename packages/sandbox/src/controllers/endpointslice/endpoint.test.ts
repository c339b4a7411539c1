import { describe, expect, it } from 'vitest';
import type { PodObject } from '../objects.js';
import { endpointKey, endpointPorts, podToEndpoint, portMapKey } from './endpoint.js';
import { TEST_NODES, testPod, testService } from './testing.js';

describe('podToEndpoint', () => {
  it.each([
    [{ ready: true }, false, { ready: true, serving: true, terminating: false }],
    [{ ready: false }, false, { ready: false, serving: false, terminating: false }],
    [{ ready: true, terminating: true }, false, { ready: false, serving: true, terminating: true }],
    [{ ready: false, terminating: true }, false, { ready: false, serving: false, terminating: true }],
    [{ ready: false }, true, { ready: true, serving: false, terminating: false }],
    [{ ready: true, terminating: true }, true, { ready: true, serving: true, terminating: true }],
    [{ ready: false, terminating: true }, true, { ready: true, serving: false, terminating: true }],
  ])(
    'a pod %j with publishNotReadyAddresses %s has the conditions %j',
    (pod, publishNotReadyAddresses, conditions) => {
      const service = testService({ publishNotReadyAddresses });
      expect(podToEndpoint(testPod(1, pod), service, undefined)?.conditions).toEqual(conditions);
    },
  );

  it('carries the pod, its node and its zone', () => {
    expect(podToEndpoint(testPod(7, { node: 'node-b' }), testService(), TEST_NODES.get('node-b'))).toEqual({
      addresses: ['10.0.0.7'],
      conditions: { ready: true, serving: true, terminating: false },
      targetRef: { kind: 'Pod', namespace: 'ns', name: 'pod-7', uid: 'uid-7' },
      nodeName: 'node-b',
      zone: 'zone-b',
    });
  });

  it.each([
    [{ hostname: 'h', subdomain: 'svc' }, 'h'],
    [{ hostname: 'h', subdomain: 'other' }, undefined],
    [{ hostname: 'h' }, undefined],
    [{ subdomain: 'svc' }, undefined],
  ])('a pod with %j has the hostname %s', (pod, hostname) => {
    expect(podToEndpoint(testPod(1, pod), testService(), undefined)?.hostname).toBe(hostname);
  });

  it('takes the IPv4 address of a dual-stack pod, and none of a pod that has only IPv6', () => {
    const dual = testPod(1);
    dual.status = { ...dual.status, podIPs: [{ ip: 'fd00::1' }, { ip: '10.0.0.9' }] };
    expect(podToEndpoint(dual, testService(), undefined)?.addresses).toEqual(['10.0.0.9']);
    expect(podToEndpoint(testPod(1, { ip: 'fd00::1' }), testService(), undefined)).toBeUndefined();
  });
});

describe('endpointPorts', () => {
  const web = (protocol: string, containerPort: number) => ({ name: 'web', protocol, containerPort });

  it.each([
    ['a number', 9090, [], 9090],
    ['no target port', undefined, [], 80],
    ['a name', 'web', [web('TCP', 8080)], 8080],
    ['a name of another protocol', 'web', [web('UDP', 53)], undefined],
    ['a name that two protocols share', 'web', [web('UDP', 53), web('TCP', 8080)], 8080],
    ['an unknown name', 'grpc', [web('TCP', 8080)], undefined],
  ])('finds %s', (_, targetPort, ports, port) => {
    const service = testService({ ports: [{ name: 'p', port: 80, targetPort, protocol: 'TCP' }] });
    const found = endpointPorts(service, testPod(0, { ports }));
    expect(found).toEqual(port === undefined ? [] : [{ name: 'p', protocol: 'TCP', port }]);
  });

  it('finds a name in a sidecar, but not in an init container that ends', () => {
    const service = testService({ ports: [{ port: 80, targetPort: 'side', protocol: 'TCP' }] });
    const pod: PodObject = testPod(0);
    const init = { name: 'i', ports: [{ name: 'side', containerPort: 7 }] };
    pod.spec.initContainers = [init];
    expect(endpointPorts(service, pod)).toEqual([]);
    pod.spec.initContainers = [{ ...init, restartPolicy: 'Always' }];
    expect(endpointPorts(service, pod)).toEqual([{ name: '', protocol: 'TCP', port: 7 }]);
  });

  it('passes appProtocol on', () => {
    const service = testService({ ports: [{ name: 'p', port: 80, appProtocol: 'kubernetes.io/h2c' }] });
    expect(endpointPorts(service, testPod(0))[0]?.appProtocol).toBe('kubernetes.io/h2c');
  });
});

describe('keys', () => {
  it('does not depend on the order of ports, but on each of their fields', () => {
    const a = { name: 'a', protocol: 'TCP', port: 1 };
    const b = { name: 'b', protocol: 'TCP', port: 2 };
    expect(portMapKey([a, b])).toBe(portMapKey([b, a]));
    const others = [
      { ...a, name: 'x' },
      { ...a, protocol: 'UDP' },
      { ...a, port: 3 },
      { ...a, appProtocol: 'grpc' },
    ];
    expect(new Set([a, ...others].map((port) => portMapKey([port]))).size).toBe(5);
    expect(portMapKey(null)).toBe(portMapKey([]));
  });

  it('tells endpoints apart by address, hostname and pod name', () => {
    const service = testService();
    const keys = [
      podToEndpoint(testPod(1), service, undefined),
      podToEndpoint(testPod(1, { ip: '10.9.9.9' }), service, undefined),
      podToEndpoint(testPod(1, { hostname: 'h', subdomain: 'svc' }), service, undefined),
      podToEndpoint(testPod(2, { ip: '10.0.0.1' }), service, undefined),
    ].map((endpoint) => endpointKey(endpoint!));
    expect(new Set(keys).size).toBe(4);
  });
});
