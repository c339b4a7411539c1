// The process that stands for a cluster: an API server with EndpointSlices, and the pods that they name.
import type { AddressInfo } from 'node:net';
import { SliceApi } from './api.js';
import type { Answer, Command, Request } from './commands.js';
import { GrpcPorts } from './grpc-ports.js';
import { reportingAnswerer } from './reporting.js';
import { ServiceSlices } from './slices.js';

const [firstHost = '127.0.0.1'] = process.argv.slice(2);
const api = new SliceApi();
const pods = new GrpcPorts();
let reporting: GrpcPorts | null = null;

function send(answer: Answer): void {
  process.send?.(answer);
}

async function perform(command: Command, port: number): Promise<number> {
  switch (command.kind) {
    case 'define':
      api.define(new ServiceSlices(command.service, port, command.hosts));
      return 0;
    case 'listen':
      if (!command.reports) return pods.open(command.hosts);
      reporting ??= new GrpcPorts(port, reportingAnswerer());
      return reporting.open(command.hosts);
    case 'add':
      api.change(command.service, (slices) => slices.add(command.host, command.placement));
      return 0;
    case 'remove':
      api.change(command.service, (slices) => slices.remove(command.host));
      return 0;
    case 'touch':
      api.change(command.service, (slices) => slices.touch());
      return 0;
    case 'writtenAt':
      return api.writtenAtMs(command.service);
  }
}

async function serve(): Promise<void> {
  const port = await pods.open([firstHost]);
  await new Promise<void>((resolve, reject) => {
    api.server.once('error', reject);
    api.server.listen(0, '127.0.0.1', resolve);
  });
  process.on('message', ({ id, command }: Request) => {
    perform(command, port).then((result) => {
      if (id !== undefined) send({ kind: 'result', id, result });
    }, fail);
  });
  process.on('disconnect', () => process.exit());
  const { port: apiPort } = api.server.address() as AddressInfo;
  send({ kind: 'hello', hello: { api: `http://127.0.0.1:${apiPort}`, port } });
}

/** The benchmark sees the exit; a backend that cannot do what it is asked for measures nothing. */
function fail(error: unknown): void {
  console.error('backend:', error);
  process.exit(1);
}

serve().catch(fail);
