import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conform } from '../kinds/shape.js';
import { ApiStatus } from '../status.js';
import { decodeProtobufBody } from './index.js';
import { type Field, type Message, messageByName, messageOf } from './messages.js';

/** Bodies made by the Go types of k8s.io/api v0.36, with what they hold. */
const BODIES: [base64: string, object: Record<string, unknown>][] = [
  [
    'azhzAAoVCgdhcHBzL3YxEgpEZXBsb3ltZW50EvwBCh8KA3dlYhIAGgAiACoAMgA4AEIAWgoKA2FwcBIDd2ViEsoBCAASDAoKCgNhcHASA3dlYhqaAQocCgASABoAIgAqADIAOABCAFoKCgNhcHASA3dlYhJ6CgkKAXYSBBICCgASUQoBYxIDaW1nKgA6EQoBSxIAGgoiCAoDCgFzEgFrQg8KDQoDY3B1EgYKBDEwMG1aEQoFIgMIkD8QABgAIAIoADAAagByAIABAIgBAJABAKIBABoAMgBCAEoAUgBYAGAAaACCAQCKAQCaAQDCAQAiFwoAEhMKBggAEAEaABIJCAEQABoDMjUlKAA4ABoMCAAQABgAIAAoADgAGgAiAA==',
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', labels: { app: 'web' } },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: 'web' } },
        strategy: { rollingUpdate: { maxUnavailable: 1, maxSurge: '25%' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: {
            volumes: [{ name: 'v', emptyDir: {} }],
            containers: [
              {
                name: 'c',
                image: 'img',
                env: [{ name: 'K', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }],
                resources: { limits: { cpu: '100m' } },
                readinessProbe: { grpc: { port: 8080 }, periodSeconds: 2 },
              },
            ],
          },
        },
      },
      status: {},
    },
  ],
  [
    'azhzAAokChxyYmFjLmF1dGhvcml6YXRpb24uazhzLmlvL3YxEgRSb2xlEkMKEgoBchIAGgFuIgAqADIAOABCABItCgNnZXQKBGxpc3QSEGRpc2NvdmVyeS5rOHMuaW8aDmVuZHBvaW50c2xpY2VzGgAiAA==',
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'r', namespace: 'n' },
      rules: [{ verbs: ['get', 'list'], apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'] }],
    },
  ],
  [
    'azhzAAoyChdhdXRob3JpemF0aW9uLms4cy5pby92MRIXU2VsZlN1YmplY3RBY2Nlc3NSZXZpZXcSNwoQCgASABoAIgAqADIAOABCABIZChcKAW4SBGxpc3QaACIAKgRwb2RzMgA6ABoICAASABoAIAAaACIA',
    {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      metadata: { name: '' },
      spec: { resourceAttributes: { namespace: 'n', verb: 'list', resource: 'pods' } },
      status: { allowed: false },
    },
  ],
  [
    'azhzAAofChZjb29yZGluYXRpb24uazhzLmlvL3YxEgVMZWFzZRInChEKAWwSABoAIgAqADIAOABCABISCgFoECgiCwjZg+KxBhCAlO86GgAiAA==',
    {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'l' },
      spec: { holderIdentity: 'h', leaseDurationSeconds: 40, renewTime: '2024-05-06T07:08:09.123456Z' },
    },
  ],
  [
    'azhzAAoMCgJ2MRIGU2VjcmV0Ei0KGQoBcxIAGgAiACoAMgA4AEIICNmD4rEGEAASCAoBaxIDAQIDGgZPcGFxdWUaACIA',
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', creationTimestamp: '2024-05-06T07:08:09Z' },
      data: { k: 'AQID' },
      type: 'Opaque',
    },
  ],
  [
    'azhzAAokChNkaXNjb3ZlcnkuazhzLmlvL3YxEg1FbmRwb2ludFNsaWNlEjcKEQoBZRIAGgAiACoAMgA4AEIAEhAKCDEwLjAuMC4xEgQIABABGgoKABIDVENQGJA/IgRJUHY0GgAiAA==',
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'e' },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: false, serving: true } }],
      ports: [{ name: '', protocol: 'TCP', port: 8080 }],
    },
  ],
  [
    'azhzAAoPCgJ2MRIJRW5kcG9pbnRzEnMKEQoBZRIAGgAiACoAMgA4AEIAEl4KKwoIMTAuMC4wLjESFAoDUG9kEgFuGgFwIgF1KgAyADoAGgFoIgZub2RlLWESDAoIMTAuMC4wLjIaABohCgRncnBjEJg/GgNUQ1AiEWt1YmVybmV0ZXMuaW8vaDJjGgAiAA==',
    {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name: 'e' },
      subsets: [
        {
          addresses: [
            {
              ip: '10.0.0.1',
              hostname: 'h',
              nodeName: 'node-a',
              targetRef: { kind: 'Pod', namespace: 'n', name: 'p', uid: 'u' },
            },
          ],
          notReadyAddresses: [{ ip: '10.0.0.2' }],
          ports: [{ name: 'grpc', port: 8088, protocol: 'TCP', appProtocol: 'kubernetes.io/h2c' }],
        },
      ],
    },
  ],
];

function body(index: number): Buffer {
  return Buffer.from(BODIES[index]?.[0] ?? '', 'base64');
}

describe('decodeProtobufBody', () => {
  it.each(BODIES)('reads what the Go types write: %s', (base64, object) => {
    expect(decodeProtobufBody(Buffer.from(base64, 'base64'))).toEqual(object);
  });

  it('refuses a body that is cut off anywhere, or reads a shorter object', () => {
    const whole = body(0);
    for (let length = 0; length < whole.length; length++) {
      try {
        decodeProtobufBody(whole.subarray(0, length));
      } catch (error) {
        expect(error).toMatchObject({ code: 400, reason: 'BadRequest' });
      }
    }
    const inside = whole.length - 40;
    expect(() => decodeProtobufBody(whole.subarray(0, inside))).toThrow('unexpected EOF');
  });

  it('answers any bytes with an object or with 400', () => {
    const prefix = Buffer.from('k8s\0');
    const flips = fc.array(fc.tuple(fc.nat({ max: 300 }), fc.nat({ max: 255 })), { maxLength: 5 });
    fc.assert(
      fc.property(fc.nat({ max: BODIES.length - 1 }), flips, fc.uint8Array(), (index, changes, tail) => {
        const bytes = Buffer.from(body(index));
        for (const [at, value] of changes) if (at > 3 && at < bytes.length) bytes[at] = value;
        for (const candidate of [bytes, Buffer.concat([prefix, tail])]) {
          try {
            expect(decodeProtobufBody(candidate)).toBeTypeOf('object');
          } catch (error) {
            expect(error).toBeInstanceOf(ApiStatus);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  it.each<[string, Buffer, string]>([
    [
      'other bytes',
      Buffer.from('{"kind":"Pod"}'),
      'the body does not start with the expected prefix "k8s\\0"',
    ],
    [
      'an unknown kind',
      envelope('v1', 'PodTemplate'),
      'no kind "PodTemplate" is registered for version "v1"',
    ],
    [
      'an unknown version',
      envelope('apps/v1beta1', 'Deployment'),
      'no kind "Deployment" is registered for version "apps/v1beta1"',
    ],
    [
      'a part that is no object',
      envelope('v1', 'PodSpec'),
      'no kind "PodSpec" is registered for version "v1"',
    ],
    [
      'compression',
      Buffer.concat([envelope('v1', 'Pod'), bytesField(3, Buffer.from('gzip'))]),
      'content encoding "gzip" is not supported',
    ],
    [
      'a wrong wire type',
      envelope('v1', 'Pod', Buffer.from([0x08, 0x01])),
      'wrong wireType = 0 for a length-delimited field',
    ],
    ['a group', envelope('v1', 'Pod', Buffer.from([0x0b])), 'illegal wireType 3'],
    ['an endless integer', envelope('v1', 'Pod', Buffer.alloc(12, 0xff)), 'integer overflow'],
    [
      'a length beyond the body',
      envelope('v1', 'Pod', Buffer.from([0x0a, 0xff, 0xff, 0xff, 0x7f])),
      'unexpected EOF',
    ],
    ['too many bytes', Buffer.alloc(3 * 1024 * 1024 + 1), '3145729 bytes, at most 3145728 are read'],
  ])('refuses %s', (_name, bytes, problem) => {
    expect(() => decodeProtobufBody(bytes)).toThrow(
      expect.objectContaining({ code: 400, message: `unable to decode the protobuf body: ${problem}` }),
    );
  });

  it('skips fields that it does not know', () => {
    const metadata = bytesField(1, bytesField(1, Buffer.from('p')));
    const later = bytesField(99, Buffer.from('later'));
    expect(decodeProtobufBody(envelope('v1', 'Pod', Buffer.concat([metadata, later])))).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
    });
  });

  it('reads DeleteOptions of any group', () => {
    expect(
      decodeProtobufBody(envelope('policy/v1', 'DeleteOptions', Buffer.from([0x08, 0x00]))),
    ).toMatchObject({
      gracePeriodSeconds: 0,
    });
  });

  it('gives back whatever the field tables can say', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('Pod', 'Service', 'Node', 'Event'),
        fc.infiniteStream(fc.nat()),
        (kind, stream) => {
          const message = messageOf('v1', kind);
          if (!message) throw new Error(kind);
          const next = () => Number(stream.next().value);
          const object = { apiVersion: 'v1', kind, metadata: { name: 'x' }, ...sample(message, next, 0) };
          object.metadata = { ...object.metadata, name: 'x' };
          const decoded = decodeProtobufBody(envelope('v1', kind, encode(message, object)));
          expect(decoded).toEqual(object);
          const conformed = structuredClone(decoded);
          conform({ group: '', version: 'v1', kind }, conformed);
          expect(conformed).toEqual(decoded);
        },
      ),
      { numRuns: 50 },
    );
  });
});

function envelope(apiVersion: string, kind: string, raw: Buffer = Buffer.alloc(0)): Buffer {
  const typeMeta = Buffer.concat([bytesField(1, Buffer.from(apiVersion)), bytesField(2, Buffer.from(kind))]);
  return Buffer.concat([Buffer.from('k8s\0'), bytesField(1, typeMeta), bytesField(2, raw)]);
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(64, value); ; rest >>= 7n) {
    if (rest < 0x80n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 0x7fn) | 0x80);
  }
}

function bytesField(number: number, value: Buffer): Buffer {
  return Buffer.concat([varint(BigInt(number * 8 + 2)), varint(BigInt(value.length)), value]);
}

function numberField(number: number, value: number | bigint): Buffer {
  return Buffer.concat([varint(BigInt(number * 8)), varint(BigInt(value))]);
}

type Json = Record<string, unknown>;

/** A few fields of a message, chosen by a stream of numbers. */
function sample(message: Message, next: () => number, depth: number): Json {
  const result: Json = {};
  for (const field of message.byName.values()) {
    if (next() % (3 + depth * 2) !== 0 || depth > 6) continue;
    const one = () =>
      field.message ? sample(messageByName(field.message), next, depth + 1) : scalar(field, next());
    if (field.shape === 'one') result[field.name] = one();
    else if (field.shape === 'list') result[field.name] = [one(), one()];
    else result[field.name] = { k: one(), '': one() };
  }
  return result;
}

function scalar({ scalar: type }: Field, seed: number): unknown {
  switch (type) {
    case 'bool':
      return true;
    case 'int':
      return (seed % 2_000_000_000) - 1_000_000_000 || 1;
    case 'long':
      return seed + 1;
    case 'bytes':
      return Buffer.from(`b${seed}`).toString('base64');
    case 'time':
      return new Date(((seed % 4_000_000) + 1) * 1000).toISOString().replace('.000Z', 'Z');
    case 'micro':
      return `2024-05-06T07:08:09.${String(seed % 1_000_000).padStart(6, '0')}Z`;
    case 'qty':
      return `${seed % 1000}m`;
    case 'ios':
      return seed % 2 === 0 ? seed % 65_536 : `p${seed}`;
    case 'raw':
      return { 'f:spec': {} };
    case 'extra':
      return [`e${seed}`];
    default:
      return `é${seed}`;
  }
}

function encode(message: Message, object: Json): Buffer {
  const parts: Buffer[] = [];
  for (const field of message.byNumber.values()) {
    if (field.inline) {
      const inner = messageByName(field.message ?? '');
      const names = [...inner.byName.keys()].filter((name) => Object.hasOwn(object, name));
      if (names.length > 0) parts.push(bytesField(field.number, encode(inner, object)));
      continue;
    }
    const value = object[field.name];
    if (value === undefined) continue;
    if (field.shape === 'one') parts.push(encodeValue(field, value));
    else if (field.shape === 'list')
      parts.push(...(value as unknown[]).map((item) => encodeValue(field, item)));
    else {
      for (const [key, item] of Object.entries(value as Json)) {
        const entry = Buffer.concat([
          bytesField(1, Buffer.from(key)),
          encodeValue({ ...field, number: 2 }, item),
        ]);
        parts.push(bytesField(field.number, entry));
      }
    }
  }
  return Buffer.concat(parts);
}

function encodeValue(field: Field, value: unknown): Buffer {
  const { number } = field;
  if (field.message) return bytesField(number, encode(messageByName(field.message), value as Json));
  const text = String(value);
  switch (field.scalar) {
    case 'bool':
      return numberField(number, value === true ? 1 : 0);
    case 'int':
    case 'long':
      return numberField(number, Number(value));
    case 'bytes':
      return bytesField(number, Buffer.from(text, 'base64'));
    case 'time':
    case 'micro': {
      const micros = /\.(\d{6})Z$/.exec(text)?.[1] ?? '0';
      const seconds = Math.floor(Date.parse(text) / 1000);
      return bytesField(
        number,
        Buffer.concat([numberField(1, seconds), numberField(2, Number(micros) * 1000)]),
      );
    }
    case 'qty':
      return bytesField(number, bytesField(1, Buffer.from(text)));
    case 'ios': {
      const parts =
        typeof value === 'number'
          ? [numberField(2, value)]
          : [numberField(1, 1), bytesField(3, Buffer.from(text))];
      return bytesField(number, Buffer.concat(parts));
    }
    case 'raw':
      return bytesField(number, bytesField(1, Buffer.from(JSON.stringify(value))));
    case 'extra':
      return bytesField(
        number,
        Buffer.concat((value as string[]).map((each) => bytesField(1, Buffer.from(each)))),
      );
    default:
      return bytesField(number, Buffer.from(text));
  }
}
