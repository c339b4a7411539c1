import protobuf from 'protobufjs';
import { expect, it } from 'vitest';
import { encodeMessage } from './json-message.js';

const { root } = protobuf.parse(
  `
syntax = "proto3";
package demo;
import "google/protobuf/wrappers.proto";
message Order {
  string order_id = 1;
  repeated Item items = 2;
  map<string, int32> counts = 3;
  oneof pay { string card = 4; bool cash = 5; }
  Color color = 6;
  bytes raw = 7;
  int64 big = 8;
  double price = 9;
  uint32 small = 10;
  optional string note = 11;
  google.protobuf.Timestamp at = 12;
  google.protobuf.Duration wait = 13;
  google.protobuf.Int64Value maybe = 14;
  google.protobuf.Struct tags = 15;
  google.protobuf.FieldMask mask = 16;
  google.protobuf.Any extra = 17;
  google.protobuf.Value value = 18;
  map<int32, Item> by_number = 19;
}
message Item { string name = 1; float weight = 2; }
enum Color { RED = 0; GREEN = 5; }
`,
  new protobuf.Root(),
  { keepCase: true },
);
for (const name of ['timestamp', 'duration', 'wrappers', 'struct', 'field_mask', 'any']) {
  root.addJSON(protobuf.common.get(`google/protobuf/${name}.proto`)!.nested!);
}
root.resolveAll();
const Order = root.lookupType('demo.Order');

/** What a server reads. */
const sent = (value: unknown): Record<string, unknown> =>
  Order.toObject(Order.decode(encodeMessage(Order, { path: 'data', value })), {
    longs: String,
    bytes: String,
  });

it.each<[object, object]>([
  [{}, {}],
  [{ order_id: 'a' }, { order_id: 'a' }],
  [
    { orderId: 'a', note: '' },
    { order_id: 'a', note: '' },
  ],
  [{ order_id: null, items: [{ name: 'x' }, {}] }, { items: [{ name: 'x' }, {}] }],
  [{ counts: { a: 1, b: '2' } }, { counts: { a: 1, b: 2 } }],
  [{ by_number: { 3: { weight: 'Infinity' } } }, { by_number: { 3: { weight: Number.POSITIVE_INFINITY } } }],
  [{ color: 'GREEN' }, { color: 5 }],
  [{ color: 7 }, { color: 7 }],
  [{ raw: 'aGk=' }, { raw: 'aGk=' }],
  [{ raw: '_-8' }, { raw: '/+8=' }],
  [{ big: '9007199254740993' }, { big: '9007199254740993' }],
  [{ big: -3 }, { big: '-3' }],
  [
    { price: '1.5', cash: true },
    { price: 1.5, cash: true },
  ],
  [{ at: '1970-01-01T00:00:01.5Z' }, { at: { seconds: '1', nanos: 500_000_000 } }],
  [{ at: '1970-01-01T01:00:00+01:00' }, { at: { seconds: '0', nanos: 0 } }],
  [{ wait: '-1.25s' }, { wait: { seconds: '-1', nanos: -250_000_000 } }],
  [{ maybe: '0' }, { maybe: { value: '0' } }],
  [
    { tags: { a: [1, 'x', null, true] } },
    {
      tags: {
        fields: {
          a: {
            listValue: {
              values: [{ numberValue: 1 }, { stringValue: 'x' }, { nullValue: 0 }, { boolValue: true }],
            },
          },
        },
      },
    },
  ],
  [{ value: null }, { value: { nullValue: 0 } }],
  [{ mask: 'a.bC,d' }, { mask: { paths: ['a.b_c', 'd'] } }],
  [
    { extra: { '@type': 'type.googleapis.com/demo.Item', name: 'x' } },
    { extra: { type_url: 'type.googleapis.com/demo.Item', value: 'CgF4' } },
  ],
  [
    { extra: { '@type': 'x/google.protobuf.Duration', value: '1s' } },
    { extra: { type_url: 'x/google.protobuf.Duration', value: 'CAEQAA==' } },
  ],
])('%j is sent as %j', (value, expected) => {
  expect(sent(value)).toEqual(expected);
});

it.each<[unknown, string]>([
  [[], 'data: []: a JSON object for demo.Order is accepted'],
  ['x', 'data: "x": a JSON object for demo.Order is accepted'],
  [{ id: 1 }, 'data.id: demo.Order has no such field; accepted: order_id, items, counts'],
  [{ items: {} }, 'data.items: {}: a JSON array is accepted'],
  [
    { items: [{}, { weight: 'x' }] },
    'data.items[1].weight: "x": a number, "NaN", "Infinity" or "-Infinity" is',
  ],
  [{ counts: [] }, 'data.counts: []: a JSON object is accepted'],
  [{ counts: { a: 1.5 } }, 'data.counts["a"]: 1.5: a whole number from -2147483648 to 2147483647 (int32) is'],
  [{ by_number: { x: {} } }, 'data.by_number key: "x": a whole number'],
  [{ small: -1 }, 'data.small: -1: a whole number from 0 to 4294967295 (uint32) is accepted'],
  [{ big: '1e3' }, 'data.big: "1e3": a whole number from -9223372036854775808'],
  [{ color: 'BLUE' }, 'data.color: "BLUE": one of RED, GREEN is accepted'],
  [{ raw: '*' }, 'data.raw: "*": base64 is accepted'],
  [{ cash: 'yes' }, 'data.cash: "yes": true or false is accepted'],
  [{ order_id: 5 }, 'data.order_id: 5: a string is accepted'],
  [{ card: 'a', cash: true }, 'data: card and cash are of the oneof "pay": one of them is accepted'],
  [{ order_id: 'a', orderId: 'b' }, 'data.orderId: the field is given twice'],
  [{ at: '2030-01-01' }, 'data.at: "2030-01-01": a time as 2030-01-31T12:00:00.5Z is accepted'],
  [{ wait: '1m' }, 'data.wait: "1m": a duration as 1.5s is accepted'],
  [{ maybe: {} }, 'data.maybe: {}: a whole number'],
  [{ tags: [] }, 'data.tags: []: a JSON object is accepted'],
  [{ mask: [] }, 'data.mask: []: paths with commas between them is accepted'],
  [{ extra: {} }, 'data.extra: {}: a JSON object with "@type" is accepted'],
  [
    { extra: { '@type': 'demo.Nix' } },
    'data.extra["@type"]: "demo.Nix": accepted is a type that the proto files have',
  ],
  [
    { extra: { '@type': 'demo.Item', nam: 1 } },
    'data.extra.nam: demo.Item has no such field; accepted: name, weight',
  ],
])('%j is refused with its place', (value, message) => {
  expect(() => sent(value)).toThrow(message);
});
