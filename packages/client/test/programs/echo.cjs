// A CommonJS application: one call after the other until every expected pod has answered, and no close().
const grpc = require('@grpc/grpc-js');

const bytes = (value) => value;

exports.spread = async function spread(target, expected) {
  const client = new grpc.Client(target, grpc.credentials.createInsecure());
  const seen = new Set();
  while (seen.size < expected) {
    seen.add(
      await new Promise((resolve, reject) => {
        client.makeUnaryRequest('/test.Echo/Say', bytes, bytes, Buffer.alloc(0), (error, answer) =>
          error === null ? resolve(String(answer)) : reject(error),
        );
      }),
    );
  }
  return [...seen].sort();
};
