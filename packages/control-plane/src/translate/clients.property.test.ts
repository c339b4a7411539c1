// First: its modules find their .proto files only in this order.
import '@grpc/grpc-js-xds';

import { fromBinary, toBinary } from '@bufbuild/protobuf';
import type { Endpoint } from '@fairlead/discovery';
import { setup as setUpRouterFilter } from '@grpc/grpc-js-xds/build/src/http-filter/router-filter.js';
import { ClusterResourceType } from '@grpc/grpc-js-xds/build/src/xds-resource-type/cluster-resource-type.js';
import { EndpointResourceType } from '@grpc/grpc-js-xds/build/src/xds-resource-type/endpoint-resource-type.js';
import { ListenerResourceType } from '@grpc/grpc-js-xds/build/src/xds-resource-type/listener-resource-type.js';
import { RouteConfigurationResourceType } from '@grpc/grpc-js-xds/build/src/xds-resource-type/route-config-resource-type.js';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { endpoint } from '../../test/doubles/endpoints.js';
import { ClusterLoadAssignmentSchema } from '../gen/envoy/config/endpoint/v3/endpoint_pb.js';
import { type ResourceType, TYPE_URLS } from '../resource-type.js';
import { canonicalName, targetOfName } from './names.js';
import { type Translation, translateEndpoints, translateListener, translateTarget } from './translate.js';

/** The readers of a client that ships, which says what it refuses. */
const READERS = {
  listener: ListenerResourceType,
  route: RouteConfigurationResourceType,
  cluster: ClusterResourceType,
  endpoints: EndpointResourceType,
} as const;

/** What Node's client refuses of it; the context is only read for TLS and load reports. */
function refusals(type: ResourceType, bytes: Uint8Array): string | undefined {
  const resource = { type_url: TYPE_URLS[type], value: Buffer.from(bytes) };
  return READERS[type].get().decode({} as never, resource).error;
}

const someHost = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.constantFrom(
    '10.0.0.1',
    '10.0.0.2',
    '::ffff:10.0.0.1',
    'fd00::1',
    'fd00:0::1',
    'fe80::1%eth0',
    'a.b',
    '',
  ),
  fc.string(),
);
const somePort = fc.oneof(fc.constantFrom(80, 8080), fc.integer({ min: -1, max: 70_000 }), fc.double());
const someAddress = fc.record({ host: someHost, port: somePort });
const someZone = fc.option(fc.oneof(fc.constantFrom('a', 'b', ''), fc.string()), { nil: undefined });

const someEndpoint: fc.Arbitrary<Endpoint> = fc
  .record({
    addresses: fc.array(someAddress, { maxLength: 3 }),
    zone: someZone,
    ready: fc.boolean(),
    serving: fc.boolean(),
    terminating: fc.boolean(),
  })
  .map(({ zone, ...fields }) => endpoint('', { ...fields, ...(zone === undefined ? {} : { zone }) }));

const someSet = fc.array(someEndpoint, { maxLength: 12 });
const goodEndpoint = fc.ipV4().map((host) => endpoint(host));

function check({ resources }: Translation): void {
  for (const { type, bytes, refusing } of resources) {
    expect(refusals(type, bytes)).toBeUndefined();
    if (refusing !== undefined) expect(refusals(type, refusing)).toBeUndefined();
  }
}

describe('what is translated', () => {
  beforeAll(() => setUpRouterFilter());

  it('is refused by no client, whatever the endpoints are', () => {
    fc.assert(
      fc.property(someSet, (endpoints) => {
        const translation = translateEndpoints('x', { endpoints });
        check(translation);
        expect(translation.resources).toHaveLength(1);
      }),
    );
  });

  it('holds each good endpoint, whatever the others are', () => {
    fc.assert(
      fc.property(goodEndpoint, someSet, (good, others) => {
        const { resources } = translateEndpoints('x', { endpoints: [good, ...others] });
        const text = Buffer.from(resources[0]?.bytes ?? '').toString('latin1');
        expect(text).toContain(good.addresses[0]?.host);
      }),
    );
  });

  it('is read and written again by generated code as it was written by hand', () => {
    fc.assert(
      fc.property(someSet, (endpoints) => {
        const bytes = translateEndpoints('x', { endpoints }).resources[0]?.bytes ?? Buffer.alloc(0);
        const again = toBinary(ClusterLoadAssignmentSchema, fromBinary(ClusterLoadAssignmentSchema, bytes));
        expect(Buffer.from(again)).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('is refused by no client, whatever name is asked for', () => {
    const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,8}[a-z0-9])?$/);
    const port = fc.oneof(
      fc.constant(''),
      fc.integer({ min: 1, max: 65_535 }).map((n) => `:${n}`),
      label.map((p) => `:${p}`),
    );
    const someName = fc.oneof(
      fc.string(),
      fc.tuple(label, label, port).map(([a, b, p]) => `${a}.${b}${p}`),
    );
    fc.assert(
      fc.property(someName, (name) => {
        const target = targetOfName(name, {});
        if (target === undefined) return;
        const canonical = canonicalName(target);
        const parts = [translateListener(name, canonical), translateTarget(canonical)];
        for (const part of parts) check(part);
        expect(parts.flatMap(({ problems }) => problems)).toEqual([]);
      }),
    );
  });
});
