import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../objects.js';
import type { EndpointSubset, Endpoints } from './endpoints-types.js';
import { kindByResource } from './index.js';

const kind = kindByResource('endpoints')!;
const IP_RULE = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';

function build(subsets: unknown): Endpoints {
  const object: KubeObject = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'x', namespace: 'n' },
    subsets,
  };
  kind.setDefaults?.(object);
  return object;
}

const findings = (subsets: unknown, old?: unknown): string[] =>
  (kind.validate?.(build(subsets), old === undefined ? undefined : build(old)) ?? []).map(
    ({ field, message }) => `${field}: ${message}`,
  );

const at = (ip: string, more: Partial<EndpointSubset> = {}): EndpointSubset[] => [
  { addresses: [{ ip }], ports: [{ port: 80 }], ...more },
];

describe('Endpoints', () => {
  it('have ports of TCP unless they say otherwise, and no empty list of subsets', () => {
    expect(build(at('10.0.0.1')).subsets?.[0]?.ports).toEqual([{ port: 80, protocol: 'TCP' }]);
    expect(build([])).not.toHaveProperty('subsets');
    expect(build(null)).not.toHaveProperty('subsets');
  });

  it.each<[string, unknown, string[]]>([
    ['an ordinary subset', at('10.0.0.1'), []],
    ['a loopback address, on which pods live here', at('127.7.1.1'), []],
    ['no ports', [{ addresses: [{ ip: '10.0.0.1' }] }], []],
    ['only addresses that are not ready', [{ notReadyAddresses: [{ ip: '::7' }], ports: [{ port: 1 }] }], []],
    [
      'no address',
      [{ ports: [] }],
      ['subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`'],
    ],
    [
      'no IP',
      at('x'),
      [
        `subsets[0].addresses[0].ip: Invalid value: "x": ${IP_RULE}`,
        'subsets[0].addresses[0].ip: Invalid value: "x": must be a valid IP address',
      ],
    ],
    [
      'leading zeros',
      at('010.0.0.1'),
      ['subsets[0].addresses[0].ip: Invalid value: "010.0.0.1": must not have leading 0s'],
    ],
    [
      'an IPv4 address as IPv6',
      at('::ffff:10.0.0.1'),
      [
        'subsets[0].addresses[0].ip: Invalid value: "::ffff:10.0.0.1": must not be an IPv4-mapped IPv6 address',
      ],
    ],
    [
      'addresses that mean none in particular',
      [{ notReadyAddresses: [{ ip: '0.0.0.0' }, { ip: '169.254.1.1' }, { ip: 'ff02::1' }] }],
      [
        'subsets[0].notReadyAddresses[0].ip: Invalid value: "0.0.0.0": may not be unspecified (0.0.0.0)',
        'subsets[0].notReadyAddresses[1].ip: Invalid value: "169.254.1.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
        'subsets[0].notReadyAddresses[2].ip: Invalid value: "ff02::1": may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
      ],
    ],
    [
      'two ports, one without a name',
      at('10.0.0.1', {
        ports: [
          { name: 'a', port: 80 },
          { port: 0, protocol: 'HTTP' },
        ],
      }),
      [
        'subsets[0].ports[1].name: Required value',
        'subsets[0].ports[1].port: Invalid value: 0: must be between 1 and 65535, inclusive',
        'subsets[0].ports[1].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"',
      ],
    ],
    [
      'a node and a host that are no names',
      [{ addresses: [{ ip: '10.0.0.1', nodeName: 'a.b', hostname: 'a.b' }] }],
      ['subsets[0].addresses[0].hostname: Invalid value: "a.b": must not contain dots'],
    ],
  ])('with %s', (_, subsets, expected) => {
    expect(findings(subsets)).toEqual(expected);
  });

  it('that an update leaves as they are need not be valid', () => {
    expect(findings(at('x'), at('x'))).toEqual([]);
    expect(findings(at('x'), at('y'))).toHaveLength(2);
  });

  it('warn of IPv6 addresses in an unusual form', () => {
    const subsets = [
      { addresses: [{ ip: '2001:DB8::1' }], notReadyAddresses: [{ ip: '1:0::1' }, { ip: '::1' }] },
    ];
    expect(kind.warnings?.(build(subsets))).toEqual([
      'subsets[0].addresses[0].ip: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")',
      'subsets[0].notReadyAddresses[0].ip: IPv6 address "1:0::1" should be in RFC 5952 canonical format ("1::1")',
    ]);
  });

  it('with a port of a wrong type are refused under the name that Kubernetes has for a port', () => {
    expect(() => build([{ ports: [{ port: 'x' }] }])).toThrow(
      'Go struct field EndpointPort.subsets.ports.port of type int32',
    );
  });
});
