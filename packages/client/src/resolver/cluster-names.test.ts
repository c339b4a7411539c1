import { describe, expect, it } from 'vitest';
import { type ClusterNames, clusterNameOf, isClusterNames } from './cluster-names.js';

const read = (path: string, names: ClusterNames = true) => {
  const name = clusterNameOf(path, { names, clusterDomain: 'cluster.local' });
  return name === undefined ? 'foreign' : `${name.path} ${name.certain ? 'certain' : 'perhaps'}`;
};

it.each([
  ['svc.ns.svc:8088', 'svc.ns.svc:8088 certain'],
  ['svc.ns.svc.cluster.local:8088', 'svc.ns.svc:8088 certain'],
  ['SVC.ns.svc.cluster.local.:8088', 'svc.ns.svc:8088 certain'],
  ['svc.ns.svc', 'svc.ns.svc:443 certain'],
  ['svc.ns:8088', 'svc.ns:8088 perhaps'],
  ['svc:8088', 'svc:8088 perhaps'],
  ['example.com', 'example.com:443 perhaps'],
  ['example.com.:443', 'foreign'],
  ['api.example.com:443', 'foreign'],
  ['svc.ns.svc.other.domain:80', 'foreign'],
  ['pod.svc.ns.svc.cluster.local:80', 'foreign'],
  ['localhost:1', 'foreign'],
  ['svc.localhost:1', 'foreign'],
  ['10.0.0.1:80', 'foreign'],
  ['[::1]:80', 'foreign'],
  ['::1', 'foreign'],
  ['svc.ns.svc:0', 'foreign'],
  ['svc.ns.svc:99999', 'foreign'],
  ['svc.ns.svc:grpc', 'foreign'],
  ['_x.ns.svc:80', 'foreign'],
  ['', 'foreign'],
])('reads %j', (path, expected) => {
  expect(read(path)).toBe(expected);
});

describe('with patterns', () => {
  it.each([
    ['svc.ns.svc:80', ['*.svc'], 'svc.ns.svc:80 certain'],
    ['svc.ns.svc.cluster.local:80', ['*.svc'], 'svc.ns.svc:80 certain'],
    ['svc.ns:80', ['*.svc'], 'foreign'],
    ['svc.ns:80', ['*.ns'], 'svc.ns:80 certain'],
    ['svcxns:80', ['svc.ns'], 'foreign'],
    ['api.example.com:80', ['*'], 'foreign'],
    ['temporal:7233', ['a', 'temporal'], 'temporal:7233 certain'],
  ])('reads %s by %j', (path, names, expected) => {
    expect(read(path, names)).toBe(expected);
  });
});

it.each([
  [true, true],
  [['*.svc', 'a.b'], true],
  [false, false],
  [[], false],
  [['a b'], false],
  [[1], false],
  ['*.svc', false],
])('takes %j: %s', (value, accepted) => {
  expect(isClusterNames(value)).toBe(accepted);
});
