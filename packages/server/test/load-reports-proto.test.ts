import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type ClientReadableStream,
  credentials,
  loadPackageDefinition,
  makeClientConstructor,
} from '@grpc/grpc-js';
import { loadSync, type ServiceDefinition } from '@grpc/proto-loader';
import { expect, it } from 'vitest';
import { createLoadReports } from '../src/index.js';
import { startEcho } from './echo.js';

/** The published .proto files of ORCA, which come with grpc-js. */
const PROTO = join(dirname(fileURLToPath(import.meta.resolve('@grpc/grpc-js'))), '../../proto');

it('reports are what the published .proto files say, to a client that is made from them', async () => {
  const reports = createLoadReports();
  reports.setMetric('queue', 7);
  const { server, address } = await startEcho(reports.serverOptions, (s) =>
    s.addService(reports.definition, reports.implementation),
  );
  const loaded = loadSync('xds/service/orca/v3/orca.proto', {
    includeDirs: ['xds', 'protoc-gen-validate'].map((folder) => join(PROTO, folder)),
    keepCase: true,
  });
  expect(loadPackageDefinition(loaded)).toHaveProperty('xds.service.orca.v3.OpenRcaService');
  const service = loaded['xds.service.orca.v3.OpenRcaService'];
  const client = new (makeClientConstructor(service as ServiceDefinition, 'OpenRcaService'))(
    address,
    credentials.createInsecure(),
  );
  const stream: ClientReadableStream<object> = client.StreamCoreMetrics?.({
    report_interval: { seconds: 3600, nanos: 0 },
  });
  const report = await new Promise((resolve, reject) => {
    stream.once('data', resolve);
    stream.once('error', reject);
  });
  expect(report).toMatchObject({
    cpu_utilization: expect.any(Number),
    application_utilization: expect.any(Number),
    rps_fractional: expect.any(Number),
    eps: expect.any(Number),
    named_metrics: { 'fairlead.requests_in_flight': 0, queue: 7 },
  });
  stream.on('error', () => {});
  stream.cancel();
  client.close();
  server.forceShutdown();
});
