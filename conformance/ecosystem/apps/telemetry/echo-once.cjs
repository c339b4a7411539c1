const grpc = require('@grpc/grpc-js');
const { echoDefinition } = require('@fairlead/sandbox/echo');

exports.run = function run(options) {
  const Echo = grpc.makeClientConstructor(echoDefinition, 'Echo');
  const client = new Echo('k8s:///serv-ca.nspace:8088', grpc.credentials.createInsecure(), options);
  return new Promise((resolve, reject) => {
    client.Say({ text: 'hello' }, (error, { pod } = {}) => {
      client.close();
      if (error) return reject(error);
      process.stdout.write(`pod ${pod}\n`);
      resolve();
    });
  });
};
