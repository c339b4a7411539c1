// google-gax 4.0.5 brings grpc-js 1.9, which cannot carry k8s:///.
const { register } = require('@fairlead/client');
const grpc = require('@grpc/grpc-js');
const { GrpcClient } = require('google-gax');

register();
const gax = new GrpcClient();
const { Echo } = gax.loadProto('.', 'echo.proto').fairlead.echo.v1;
const sslCreds = gax.grpc.credentials.createInsecure();

async function main() {
  process.stdout.write(`same copy: ${gax.grpc.Client === grpc.Client}\n`);
  const stub = await gax.createStub(Echo, { servicePath: 'k8s:///serv-ca.nspace', port: 8088, sslCreds });
  await new Promise((resolve) => {
    stub.Say({ text: 'hello' }, { deadline: Date.now() + 10_000 }, (error) => {
      process.stdout.write(`call: ${error?.details}\n`);
      resolve();
    });
  });
  stub.close();
}

void main();
