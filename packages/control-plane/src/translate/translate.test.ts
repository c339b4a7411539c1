import { fromBinary } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { parseTarget } from '@fairlead/discovery';
import { describe, expect, it } from 'vitest';
import { endpoint } from '../../test/doubles/endpoints.js';
import { ClusterSchema } from '../gen/envoy/config/cluster/v3/cluster_pb.js';
import { ClusterLoadAssignmentSchema } from '../gen/envoy/config/endpoint/v3/endpoint_pb.js';
import { HttpProtocolOptionsSchema } from '../gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.js';
import { canonicalName, targetOfName } from './names.js';
import { translateEndpoints, translateListener, translateTarget } from './translate.js';

function decode(bytes: Uint8Array | undefined) {
  return fromBinary(ClusterLoadAssignmentSchema, bytes ?? Buffer.from('none'));
}

function hostsOf(bytes: Uint8Array | undefined): Record<string, string[]> {
  const zones = decode(bytes).endpoints.map((each) => [
    each.locality?.zone,
    each.lbEndpoints.map(({ hostIdentifier: { value } }) => {
      const address = typeof value === 'object' ? value.address?.address : undefined;
      return address?.case === 'socketAddress' ? address.value.address : undefined;
    }),
  ]);
  return Object.fromEntries(zones);
}

describe('translateEndpoints', () => {
  it('makes a locality of each zone, which weighs as much as it has endpoints', () => {
    const endpoints = [
      endpoint('10.0.0.1', { zone: 'b' }),
      endpoint('10.0.0.2', { zone: 'a' }),
      endpoint('10.0.0.3', { zone: 'b' }),
      endpoint('10.0.0.4'),
    ];
    const { resources, problems } = translateEndpoints('x', { endpoints });
    expect(problems).toEqual([]);
    expect(hostsOf(resources[0]?.bytes)).toEqual({
      '': ['10.0.0.4'],
      a: ['10.0.0.2'],
      b: ['10.0.0.1', '10.0.0.3'],
    });
    expect(
      decode(resources[0]?.bytes).endpoints.map((each) => [each.loadBalancingWeight, each.priority]),
    ).toEqual([
      [1, 0],
      [1, 0],
      [2, 0],
    ]);
  });

  it('leaves out endpoints that terminate or are not ready', () => {
    const endpoints = [
      endpoint('10.0.0.1', { terminating: true }),
      endpoint('10.0.0.2', { ready: false, serving: false }),
      endpoint('10.0.0.3'),
    ];
    expect(hostsOf(translateEndpoints('x', { endpoints }).resources[0]?.bytes)).toEqual({ '': ['10.0.0.3'] });
  });

  it('gives the address of the other IP family as an additional one', () => {
    const both = endpoint('', {
      addresses: [
        { host: '10.0.0.1', port: 8080 },
        { host: 'fd00::1', port: 8080 },
      ],
    });
    const { resources } = translateEndpoints('x', { endpoints: [both] });
    const [only] = decode(resources[0]?.bytes).endpoints[0]?.lbEndpoints ?? [];
    expect(only?.healthStatus).toBe(1);
    expect(only?.hostIdentifier.value).toMatchObject({
      address: { address: { value: { address: '10.0.0.1', portSpecifier: { value: 8080 } } } },
      additionalAddresses: [{ address: { address: { value: { address: 'fd00::1' } } } }],
    });
  });

  it.each([
    ['a name', endpoint('db.example.com'), '"db.example.com" is not an IP address'],
    ['an address with a scope', endpoint('fe80::1%eth0'), '"fe80::1%eth0" is not an IP address'],
    ['port 0', endpoint('10.0.0.9', { port: 0 }), 'port 0 is not from 1 to 65535'],
    ['no address', endpoint('', { addresses: [] }), 'no address'],
    ['the address of another one', endpoint('10.0.0.1', { uid: 'b' }), "another endpoint's, too"],
    ['the same address in other letters', endpoint('::ffff:10.0.0.1'), "another endpoint's, too"],
  ])('leaves out an endpoint with %s, names it and keeps the others', (_, bad, text) => {
    const { resources, problems } = translateEndpoints('x', { endpoints: [endpoint('10.0.0.1'), bad] });
    expect(hostsOf(resources[0]?.bytes)).toEqual({ '': ['10.0.0.1'] });
    expect(problems).toEqual([expect.stringContaining(text)]);
  });

  it('says that there are no endpoints by none, and to clients that ignore that by one that refuses', () => {
    const { resources } = translateEndpoints('x', { endpoints: [] });
    expect(decode(resources[0]?.bytes)).toMatchObject({ clusterName: 'x', endpoints: [] });
    expect(hostsOf(resources[0]?.refusing)).toEqual({ '': ['127.0.0.1'] });
  });

  it('encodes an endpoint that did not change to the same bytes at every place', () => {
    const [a, b, c] = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((host) => endpoint(host));
    const first = translateEndpoints('x', { endpoints: [a, b] as never });
    translateEndpoints('x', { endpoints: [a, b, c] as never });
    const again = translateEndpoints('x', { endpoints: [endpoint('10.0.0.1'), endpoint('10.0.0.2')] });
    expect(again.resources).toEqual(first.resources);
  });
});

describe('translateTarget and translateListener', () => {
  it('lead from the name that is dialled to one route, one cluster and its endpoints', () => {
    const all = [...translateListener('a.b.svc:1', 'a.b:1').resources, ...translateTarget('a.b:1').resources];
    expect(all.map(({ type, name }) => [type, name])).toEqual([
      ['listener', 'a.b.svc:1'],
      ['route', 'a.b:1'],
      ['cluster', 'a.b:1'],
    ]);
  });

  it('tell Envoy that endpoints speak HTTP/2', () => {
    const cluster = translateTarget('a.b:1').resources.find(({ type }) => type === 'cluster');
    const read = fromBinary(ClusterSchema, cluster?.bytes ?? Buffer.alloc(0));
    const [packed] = Object.values(read.typedExtensionProtocolOptions);
    const options = packed && anyUnpack(packed, HttpProtocolOptionsSchema);
    expect(Object.keys(read.typedExtensionProtocolOptions)).toEqual([HttpProtocolOptionsSchema.typeName]);
    expect(options?.upstreamProtocolOptions.value).toMatchObject({
      protocolConfig: { case: 'http2ProtocolOptions' },
    });
  });

  it('yield no resource, but what is wrong, for a name that no client would accept', () => {
    expect(translateListener('', 'a.b:1')).toEqual({
      resources: [],
      problems: ['listener : the name is empty'],
    });
    expect(translateTarget('').resources).toEqual([]);
  });
});

describe('targetOfName', () => {
  it.each([
    ['serv-ca.nspace:8088', 'serv-ca.nspace:8088'],
    ['serv-ca.nspace.svc.cluster.local:8088', 'serv-ca.nspace:8088'],
    ['serv-ca:grpc', 'serv-ca.default:grpc'],
    ['serv-ca.nspace', 'serv-ca.nspace'],
    ['pod-1.serv-ca.nspace:8088', 'pod-1.serv-ca.nspace:8088'],
  ])('reads %s as %s', (name, canonical) => {
    const target = targetOfName(name, {});
    expect(target && canonicalName(target)).toBe(canonical);
    expect(parseTarget(`k8s:///${canonical}`)).toMatchObject({ ...target, text: `k8s:///${canonical}` });
  });

  it.each([
    '',
    '*',
    'xdstp://a/envoy.config.listener.v3.Listener/b',
    'a/b',
    '10.0.0.1:80',
    'a.b:99999',
    '\u0000',
  ])('knows no target for %j', (name) => expect(targetOfName(name, {})).toBeUndefined());
});
