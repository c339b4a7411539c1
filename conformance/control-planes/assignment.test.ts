import { expect, it } from 'vitest';
import { field } from '#benchmarks/control-plane/protobuf.js';
import { encodeAssignment } from '#control-plane/translate/encode-assignment.js';
import { addressField, readAssignment } from './assignment.js';

const endpoint = (host: string) => ({ addresses: [{ host, port: 8080 }] });

const any = (message: Uint8Array): Buffer =>
  Buffer.concat([
    field(1, 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment'),
    field(2, message),
  ]);

it('reads the name and the addresses of an assignment, zone by zone', () => {
  const localities = [
    { zone: 'a', priority: 0, weight: 2, endpoints: [endpoint('10.0.0.1'), endpoint('10.0.0.12')] },
    { zone: 'b', priority: 1, weight: 1, endpoints: [endpoint('10.0.0.3')] },
  ];
  expect(readAssignment(any(encodeAssignment({ name: 'serv.ns:grpc', localities })))).toEqual({
    name: 'serv.ns:grpc',
    hosts: ['10.0.0.1', '10.0.0.12', '10.0.0.3'],
  });
});

it('reads an assignment without endpoints', () => {
  const bytes = encodeAssignment({ name: 'serv.ns:grpc', localities: [] });
  expect(readAssignment(any(bytes))).toEqual({ name: 'serv.ns:grpc', hosts: [] });
});

it('tells an address from one that it is the beginning of', () => {
  expect(field(2, '10.0.0.12').includes(addressField('10.0.0.1'))).toBe(false);
  const localities = [{ zone: '', priority: 0, weight: 1, endpoints: [endpoint('10.0.0.1')] }];
  expect(encodeAssignment({ name: 's', localities }).includes(addressField('10.0.0.1'))).toBe(true);
});
