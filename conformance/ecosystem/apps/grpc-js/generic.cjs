// As generated code calls: a plain Client, paths, and serializers of one's own.
const { register } = require('@fairlead/client');
const grpc = require('@grpc/grpc-js');
const protobuf = require('protobufjs');
const { keepCalling } = require('./caller.cjs');

register();
const root = protobuf.loadSync('echo.proto');
const request = root.lookupType('fairlead.echo.v1.SayRequest');
const reply = root.lookupType('fairlead.echo.v1.SayReply');
const client = new grpc.Client('k8s:///serv-ca.nspace:8088', grpc.credentials.createInsecure());

const say = () =>
  new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      '/fairlead.echo.v1.Echo/Say',
      (value) => Buffer.from(request.encode(value).finish()),
      (bytes) => reply.decode(bytes),
      { text: 'hello' },
      (error, answer) => (error ? reject(error) : resolve(answer.pod)),
    );
  });

keepCalling(say).then(() => client.close());
