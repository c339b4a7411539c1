import { encodeLoadReport, REPORT_TRAILER } from '@fairlead/balancing';
import { createHealth, createLifecycle } from '@fairlead/server';
import { Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { shopDefinition } from './shop.mjs';

const pod = process.env.HOSTNAME;
const isSlow = pod === 'shop-3';
let inFlight = 0;

/** Servers have `createLoadReports()` for this; these figures are made up, so that every machine shows the same. */
function loadReport() {
  const report = {
    applicationUtilization: isSlow ? 0.8 : 0.2,
    rps: 100,
    requestsInFlight: inFlight,
    latencyMs: isSlow ? 60 : 5,
  };
  const trailers = new Metadata();
  trailers.set(REPORT_TRAILER, Buffer.from(encodeLoadReport(report)));
  return trailers;
}

/** Takes its time, and fails where the request names this pod. */
function buy({ request }, done) {
  if (request.fail === pod) {
    done({ code: status.UNAVAILABLE, details: `${pod} was told to fail` });
    return;
  }
  inFlight += 1;
  setTimeout(
    () => {
      inFlight -= 1;
      done(null, { pod }, loadReport());
    },
    isSlow ? 60 : 5,
  );
}

const health = createHealth();
const lifecycle = createLifecycle({ health, noticeMs: 100 });
const server = new Server(lifecycle.serverOptions);
server.addService(health.definition, health.implementation);
server.addService(shopDefinition, { Buy: buy });
server.bindAsync('0.0.0.0:8088', ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
  lifecycle.attach(server);
});
