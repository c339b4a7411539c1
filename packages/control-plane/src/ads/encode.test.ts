import { fromBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import {
  DeltaDiscoveryResponseSchema,
  DiscoveryResponseSchema,
} from '../gen/envoy/service/discovery/v3/discovery_pb.js';
import { HEADER_BYTES } from '../grpc/frame.js';
import { TYPE_URLS } from '../resource-type.js';
import { encodeResource } from '../snapshot/resource.js';
import { StreamEncoder } from './encode.js';

const resource = (name: string) => encodeResource('endpoints', name, Buffer.from(name));

describe('StreamEncoder', () => {
  it('gives all streams the same buffer for one new resource', () => {
    const a = resource('a');
    const [one, other] = [new StreamEncoder('sotw'), new StreamEncoder('sotw')];
    expect(one.encode('endpoints', [a]).frame).toBe(other.encode('endpoints', [a]).frame);
    expect(new StreamEncoder('delta').encode('endpoints', [a]).frame).not.toBe(
      one.encode('endpoints', [a]).frame,
    );
  });

  it('never says a nonce twice on a stream, whatever is sent again, and in whatever order', () => {
    const [a, b] = [resource('a'), resource('b')];
    new StreamEncoder('sotw').encode('endpoints', [a]);
    new StreamEncoder('sotw').encode('endpoints', [b]);
    const stream = new StreamEncoder('sotw');
    const sent = [[b], [a], [b], [a, b], [a], [resource('a')], [a]];
    const nonces = sent.map((resources) => stream.encode('endpoints', resources).nonce);
    expect(new Set(nonces).size).toBe(sent.length);
  });

  it.each([
    ['sotw', DiscoveryResponseSchema],
    ['delta', DeltaDiscoveryResponseSchema],
  ] as const)('writes what generated code reads: %s', (form, schema) => {
    const stream = new StreamEncoder(form);
    for (const resources of [[resource('a')], [resource('a'), resource('b')], []]) {
      const { frame, nonce, names } = stream.encode('endpoints', resources);
      expect([frame[0], frame.readUInt32BE(1)]).toEqual([0, frame.length - HEADER_BYTES]);
      const read = fromBinary(schema, frame.subarray(HEADER_BYTES));
      expect(read).toMatchObject({ nonce, typeUrl: TYPE_URLS.endpoints });
      expect(read.resources).toHaveLength(names.length);
    }
  });
});
