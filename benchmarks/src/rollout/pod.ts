// A pod: answers after a tenth of a second, and drains when it is told to end.
import { createHealth, createLifecycle, createLoadReports } from '@fairlead/server';
import { Server, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js';
import { CALL_PATH } from './caller.js';

/** So long that there are calls in flight whenever a pod ends (ms). */
const ANSWER_MS = 100;
/** Longer than a client takes to hear that the pod leaves (ms). */
const NOTICE_MS = 1000;

const identity = (bytes: Buffer): Buffer => bytes;
const DEFINITION: ServiceDefinition = {
  wait: {
    path: CALL_PATH,
    requestStream: false,
    responseStream: false,
    requestSerialize: identity,
    requestDeserialize: identity,
    responseSerialize: identity,
    responseDeserialize: identity,
  },
};

const health = createHealth();
const reports = createLoadReports();
const lifecycle = createLifecycle({ health, noticeMs: NOTICE_MS });
const interceptors = [...lifecycle.serverOptions.interceptors, ...reports.serverOptions.interceptors];
const server = new Server({ interceptors });
server.addService(health.definition, health.implementation);
server.addService(reports.definition, reports.implementation);
server.addService(DEFINITION, {
  wait: ({ request }: { request: Buffer }, callback: (error: null, answer: Buffer) => void) =>
    setTimeout(() => callback(null, request), ANSWER_MS),
});
const address = `${process.env.POD_IP}:${process.env.PORT}`;
server.bindAsync(address, ServerCredentials.createInsecure(), (error) => {
  if (error !== null) throw error;
  lifecycle.attach(server);
});
