import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DiscoveryError } from './errors.js';
import { parseTarget, type Target, targetAuthority } from './target.js';

const number = (value: number) => ({ kind: 'number', number: value }) as const;
const name = (value: string) => ({ kind: 'name', name: value }) as const;
const byDefault = { kind: 'default' } as const;

const ACCEPTED: [text: string, service: string, namespace: string, port: Target['port']][] = [
  ['k8s:///svc', 'svc', 'here', byDefault],
  ['k8s:///svc:8088', 'svc', 'here', number(8088)],
  ['k8s:///svc:grpc', 'svc', 'here', name('grpc')],
  ['k8s:///serv-ca.nspace:8088', 'serv-ca', 'nspace', number(8088)],
  ['k8s:///svc.ns.svc', 'svc', 'ns', byDefault],
  ['k8s:///svc.ns.svc:1', 'svc', 'ns', number(1)],
  ['k8s:///svc.ns.svc.cluster.local:65535', 'svc', 'ns', number(65_535)],
  ['k8s:///svc.ns.svc.cluster.local.:80', 'svc', 'ns', number(80)],
  ['k8s:///svc.svc.svc', 'svc', 'svc', byDefault],
  ['k8s:///svc.svc', 'svc', 'svc', byDefault],
  ['k8s:svc.ns:8088', 'svc', 'ns', number(8088)],
  ['k8s:svc', 'svc', 'here', byDefault],
  ['kubernetes:///svc.ns:8088', 'svc', 'ns', number(8088)],
  ['kubernetes:svc.ns', 'svc', 'ns', byDefault],
  ['k8s://ns/svc', 'svc', 'ns', byDefault],
  ['k8s://ns/svc:8088', 'svc', 'ns', number(8088)],
  ['kubernetes://ns/svc:grpc', 'svc', 'ns', name('grpc')],
  ['svc.ns:8088', 'svc', 'ns', number(8088)],
  ['svc', 'svc', 'here', byDefault],
  ['dns:53', 'dns', 'here', number(53)],
  ['k8s:///3scale.ns', '3scale', 'ns', byDefault],
  ['k8s:///svc.1ns:p-1', 'svc', '1ns', name('p-1')],
  [`k8s:///${'a'.repeat(63)}`, 'a'.repeat(63), 'here', byDefault],
];

const REFUSED: [text: string, problem: RegExp][] = [
  ['k8s:///', /^target "k8s:\/\/\/": service name is missing; accepted is /],
  ['k8s:', /service name is missing/],
  ['k8s://', /service name is missing/],
  ['', /service name is missing/],
  ['k8s:///:8088', /service name is missing/],
  ['k8s:///.ns', /service name is missing/],
  ['k8s:///svc..svc', /namespace is missing/],
  ['k8s://svc.ns:8088', /write three slashes: k8s:\/\/\/svc\.ns:8088$/],
  ['k8s://svc.ns:8088/', /write three slashes: k8s:\/\/\/svc\.ns:8088$/],
  ['k8s:/svc.ns', /write three slashes: k8s:\/\/\/svc\.ns$/],
  ['k8s://cluster:west/svc.ns', /"k8s:\/\/cluster:NAME\/…" is reserved/],
  ['k8s://ns/svc.ns2:80', /plain service name, not "svc\.ns2"/],
  ['k8s://n_s/svc', /namespace "n_s" is not a DNS label/],
  [
    'k8s:///a.b.c.d',
    /"a\.b\.c\.d" has "svc" neither as its third label nor, after a pod’s hostname, as its fourth/,
  ],
  ['k8s:///Pod.svc.ns', /hostname "Pod" \(upper case\) is not a DNS label/],
  ['k8s:///.svc.ns', /hostname is missing/],
  ['k8s:///pod.svc.Ns', /namespace "Ns" \(upper case\)/],
  ['k8s:///pod.svc.ns.svc.example.com', /cluster domain "example\.com" is not accepted/],
  [
    'k8s:///svc.ns.svc.example.com',
    /cluster domain "example\.com" is not accepted; expected is "cluster\.local"/,
  ],
  ['k8s:///Svc.ns', /service name "Svc" \(upper case\) is not a DNS label/],
  ['k8s:///svc.Ns', /namespace "Ns" \(upper case\)/],
  ['k8s:///-svc', /service name "-svc" is not a DNS label/],
  ['k8s:///svc-', /is not a DNS label/],
  ['k8s:///s vc', /is not a DNS label/],
  ['k8s:/\t//svc.ns', /it holds a control character; accepted is /],
  ['k8s://svc.ns\u2028', /it holds a control character/],
  ['k8s:///svc?a=1', /service name "svc\?a=1" is not a DNS label/],
  ['k8s:////svc', /service name "\/svc" is not a DNS label/],
  [`k8s:///${'a'.repeat(64)}`, /at most 63/],
  ['k8s:///8088', /service name "8088" is only digits/],
  ['k8s:8088', /only digits/],
  ['k8s:///svc:', /port is missing after ":"/],
  ['k8s:///svc:0', /port "0" is out of range; accepted is a number from 1 to 65535 or a port name/],
  ['k8s:///svc:65536', /port "65536" is out of range/],
  ['k8s:///svc:-1', /port "-1" is out of range/],
  ['k8s:///svc:080', /port "080" is out of range/],
  ['k8s:///svc:99999999999999999999', /out of range/],
  ['k8s:///svc:gRPC', /port name "gRPC" is not a DNS label/],
  ['k8s:///svc:a:b', /more than one ":"/],
  ['k8s:///10.0.0.1:80', /IP address, but a target names a Service/],
  ['k8s:///[::1]:80', /IP address/],
  ['k8s:///::1', /IP address/],
  ['dns:///svc.ns:80', /scheme "dns" is not one of k8s, kubernetes/],
  ['dns:svc.ns', /scheme "dns" is not one of/],
  ['https://svc.ns', /scheme "https" is not one of/],
  ['K8S:///svc', /scheme "K8S" is not one of/],
  [`k8s:///${'a'.repeat(700)}`, /longer than 600 characters/],
];

describe('parseTarget', () => {
  it.each(ACCEPTED)('reads %s', (text, service, namespace, port) => {
    const target = parseTarget(text, { namespace: 'here' });
    expect(target).toEqual({ text: expect.any(String), service, namespace, port });
    expect(target.text.endsWith(text)).toBe(true);
  });

  it.each([
    ['k8s:///web-0.svc.ns', byDefault],
    ['k8s:///web-0.svc.ns:8088', number(8088)],
    ['k8s:///web-0.svc.ns.svc:grpc', name('grpc')],
    ['k8s:///web-0.svc.ns.svc.cluster.local.:8088', number(8088)],
    ['kubernetes:web-0.svc.ns:8088', number(8088)],
    ['web-0.svc.ns:8088', number(8088)],
  ])('reads %s as one pod', (text, port) => {
    const target = parseTarget(text, { namespace: 'here' });
    expect(target).toEqual({
      text: expect.any(String),
      hostname: 'web-0',
      service: 'svc',
      namespace: 'ns',
      port,
    });
  });

  it.each(REFUSED)('refuses %j', (text, problem) => {
    let error: unknown;
    try {
      parseTarget(text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(DiscoveryError);
    expect((error as DiscoveryError).code).toBe('TARGET_INVALID');
    expect((error as DiscoveryError).message).toMatch(problem);
    expect((error as DiscoveryError).message).not.toContain('\n');
    expect((error as DiscoveryError).message.length).toBeLessThan(400);
  });

  it.each(['', 'Team', '../kube-system'])(
    'refuses the default namespace %j when it is needed',
    (namespace) => {
      expect(() => parseTarget('k8s:///svc', { namespace })).toThrow(/default namespace/);
      expect(parseTarget('k8s:///svc.ns', { namespace }).namespace).toBe('ns');
    },
  );

  it('takes the namespace "default" when nothing names one', () => {
    expect(parseTarget('k8s:///svc').namespace).toBe('default');
  });

  it('puts the scheme before a bare target, so that texts look alike', () => {
    expect(parseTarget('svc.ns:80').text).toBe('k8s:///svc.ns:80');
    expect(parseTarget('kubernetes:///svc.ns:80').text).toBe('kubernetes:///svc.ns:80');
  });

  it('accepts another cluster domain when it is told', () => {
    const target = parseTarget('k8s:///svc.ns.svc.corp.example:80', { clusterDomain: '.corp.example.' });
    expect(target.namespace).toBe('ns');
    expect(() => parseTarget('k8s:///svc.ns.svc.cluster.local', { clusterDomain: 'corp.example' })).toThrow(
      /expected is "corp\.example"/,
    );
  });

  it('refuses what is not a string in one line', () => {
    expect(() => parseTarget(undefined as never)).toThrow('target "undefined": it is not a string');
  });

  const label = fc.stringMatching(/^[a-z]([-a-z0-9]{0,20}[a-z0-9])?$/).filter((text) => text !== 'svc');
  const port = fc.oneof(
    fc.constant(''),
    fc.integer({ min: 1, max: 65_535 }).map((each) => `:${each}`),
  );

  it('reads every spelling of one Service as the same target', () => {
    fc.assert(
      fc.property(label, label, port, (service, namespace, suffix) => {
        const spellings = [
          `k8s:///${service}.${namespace}${suffix}`,
          `k8s:${service}.${namespace}${suffix}`,
          `kubernetes:///${service}.${namespace}.svc${suffix}`,
          `k8s:///${service}.${namespace}.svc.cluster.local${suffix}`,
          `k8s://${namespace}/${service}${suffix}`,
          `k8s:///${service}${suffix}`,
        ];
        const [first, ...others] = spellings.map((text) => ({
          ...parseTarget(text, { namespace }),
          text: '',
        }));
        for (const other of others) expect(other).toEqual(first);
      }),
    );
  });

  it('gives a target or a DiscoveryError for any text', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map((each) => `k8s:///${each}`),
      fc
        .array(fc.constantFrom('k8s:', '/', '//', ':', '.', 'svc', 'a', '80', 'cluster:'))
        .map((each) => each.join('')),
    );
    fc.assert(
      fc.property(text, (each) => {
        try {
          const { service, namespace } = parseTarget(each);
          expect(`${service}.${namespace}`).toMatch(/^[a-z0-9-]+\.[a-z0-9-]+$/);
        } catch (error) {
          expect(error).toBeInstanceOf(DiscoveryError);
          expect((error as Error).message).toMatch(/^target ".*": .+$/);
        }
      }),
    );
  });
});

describe('targetAuthority', () => {
  it.each([
    ['k8s:///svc.ns:8088', 'svc.ns.svc:8088'],
    ['k8s:///svc.ns:grpc', 'svc.ns.svc'],
    ['k8s:///svc.ns', 'svc.ns.svc'],
    ['k8s:///svc.ns.svc.cluster.local:80', 'svc.ns.svc:80'],
    ['k8s:///web-0.svc.ns:8088', 'web-0.svc.ns.svc:8088'],
    ['k8s:///web-0.svc.ns.svc.cluster.local', 'web-0.svc.ns.svc'],
  ])('of %s is %s', (text, authority) => {
    expect(targetAuthority(parseTarget(text))).toBe(authority);
  });
});
