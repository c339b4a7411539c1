// The service of this example, with JSON instead of protobuf so that it needs no generated code.
const serialize = (value) => Buffer.from(JSON.stringify(value));
const deserialize = (bytes) => JSON.parse(bytes.toString());

export const shopDefinition = {
  Buy: {
    path: '/shop.Shop/Buy',
    requestStream: false,
    responseStream: false,
    requestSerialize: serialize,
    requestDeserialize: deserialize,
    responseSerialize: serialize,
    responseDeserialize: deserialize,
  },
};
