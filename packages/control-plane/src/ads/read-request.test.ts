import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DeltaDiscoveryRequestSchema,
  DiscoveryRequestSchema,
} from '../gen/envoy/service/discovery/v3/discovery_pb.js';
import { TYPE_URLS } from '../resource-type.js';
import { readDeltaRequest, readSotwRequest, UNREADABLE } from './read-request.js';

const texts = fc.array(fc.string(), { maxLength: 4 });
const someError = fc.option(fc.record({ code: fc.integer({ min: 0, max: 16 }), message: fc.string() }), {
  nil: undefined,
});
const someNode = {
  id: 'n',
  userAgentName: 'gRPC Go',
  userAgentVersionType: { case: 'userAgentVersion', value: '1' },
};
const node = someNode as MessageInitShape<typeof DiscoveryRequestSchema>['node'];

const textOf = (error: { code: number; message: string } | undefined): string | undefined =>
  error && (error.message || `status ${error.code}`);

function read<T extends { node(): unknown; request: unknown }>(result: T | typeof UNREADABLE) {
  return result === UNREADABLE ? result : { node: result.node(), request: result.request };
}

describe('readSotwRequest', () => {
  it('reads what generated code writes', () => {
    fc.assert(
      fc.property(texts, fc.string(), someError, (names, nonce, error) => {
        const message = create(DiscoveryRequestSchema, {
          node,
          versionInfo: 'v',
          typeUrl: TYPE_URLS.route,
          resourceNames: names,
          responseNonce: nonce,
          ...(error === undefined ? {} : { errorDetail: error }),
        });
        expect(read(readSotwRequest(Buffer.from(toBinary(DiscoveryRequestSchema, message))))).toEqual({
          node: { id: 'n', agent: 'gRPC Go', agentVersion: '1' },
          request: { type: 'route', names, nonce, error: textOf(error) },
        });
      }),
    );
  });

  it('knows nobody and no request where there is nothing', () => {
    expect(read(readSotwRequest(Buffer.alloc(0)))).toEqual({
      node: { id: '', agent: '', agentVersion: '' },
      request: undefined,
    });
  });

  it.each([
    ['a truncated field', [0x1a, 5, 1]],
    ['a number of a field that is 0', [0, 0]],
    ['an endless number', Array.from({ length: 11 }, () => 0xff)],
  ])('cannot read %s', (_, bytes) => {
    expect(readSotwRequest(Buffer.from(bytes))).toBe(UNREADABLE);
  });

  it('takes a node that cannot be read for nobody', () => {
    const bytes = Buffer.from([0x12, 1, 0xff]);
    expect(read(readSotwRequest(bytes))).toMatchObject({ node: { id: '' } });
  });
});

describe('readDeltaRequest', () => {
  it('reads what generated code writes', () => {
    const versions = fc.dictionary(fc.string(), fc.string(), { maxKeys: 4 });
    fc.assert(
      fc.property(texts, texts, versions, someError, (subscribe, unsubscribe, initial, error) => {
        const message = create(DeltaDiscoveryRequestSchema, {
          node,
          typeUrl: TYPE_URLS.cluster,
          resourceNamesSubscribe: subscribe,
          resourceNamesUnsubscribe: unsubscribe,
          initialResourceVersions: initial,
          responseNonce: '7',
          ...(error === undefined ? {} : { errorDetail: error }),
        });
        const initialVersions = new Map(Object.entries(message.initialResourceVersions));
        expect(read(readDeltaRequest(Buffer.from(toBinary(DeltaDiscoveryRequestSchema, message))))).toEqual({
          node: { id: 'n', agent: 'gRPC Go', agentVersion: '1' },
          request: {
            type: 'cluster',
            subscribe,
            unsubscribe,
            initialVersions,
            nonce: '7',
            error: textOf(error),
          },
        });
      }),
    );
  });
});
