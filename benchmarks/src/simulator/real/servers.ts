// The process of the servers: those of the simulator, in real time, behind grpc-js and the load reports that ship.
import { createLoadReports } from '@fairlead/server';
import {
  Server as GrpcServer,
  ServerCredentials,
  type ServiceDefinition,
  type UntypedHandleCall,
} from '@grpc/grpc-js';
import { seededRandom } from '#commands/random.js';
import { Server } from '../server.js';
import type { World } from '../simulate.js';
import type { Hello } from './farm.js';
import { RealTime } from './real-time.js';
import { SCENARIOS } from './scenarios.js';
import { decodeWork, WORK_PATH } from './work-call.js';

const identity = (bytes: Buffer): Buffer => bytes;
const NOTHING = Buffer.alloc(0);
const DEFINITION: ServiceDefinition = {
  do: {
    path: WORK_PATH,
    requestStream: false,
    responseStream: false,
    requestSerialize: identity,
    requestDeserialize: identity,
    responseSerialize: identity,
    responseDeserialize: identity,
  },
};

/** Puts a server of the simulator behind a port of its own; resolves to its address. */
async function serve(server: Server, host: string): Promise<string> {
  const reports = createLoadReports();
  const grpcServer = new GrpcServer(reports.serverOptions);
  const work: UntypedHandleCall = (
    call: { request: Buffer },
    callback: (error: null, answer: Buffer) => void,
  ): void => {
    const workMs = decodeWork(call.request);
    const done = (): void => callback(null, NOTHING);
    if (workMs < 0) done();
    else server.arrive({ workMs, done });
  };
  grpcServer.addService(DEFINITION, { do: work });
  grpcServer.addService(reports.definition, reports.implementation);
  const port = await new Promise<number>((resolve, reject) => {
    grpcServer.bindAsync(`${host}:0`, ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return `${host}:${port}`;
}

function fixed(): never {
  throw new Error('real servers do not come and go');
}

async function run(name: string, count: number, seed: number): Promise<void> {
  const scenario = SCENARIOS[name];
  if (scenario === undefined) throw new Error(`no scenario "${name}"`);
  const events = new RealTime();
  const block = 128 + (process.pid % 100);
  const worlds = Array.from(
    { length: count },
    (): World => ({
      events,
      random: seededRandom(seed),
      servers: scenario.servers.map((plan, i) => new Server({ key: String(i), ...plan }, events)),
      addServer: fixed,
      removeServer: fixed,
      announce: fixed,
    }),
  );
  const fleets = await Promise.all(
    worlds.map(({ servers }, fleet) =>
      Promise.all(servers.map((server, i) => serve(server, `127.${block}.${fleet + 1}.${i + 1}`))),
    ),
  );
  process.on('message', () => {
    for (const world of worlds) scenario.script?.(world);
  });
  process.on('disconnect', () => process.exit());
  process.send?.({ fleets } satisfies Hello);
}

const [name = '', count, seed] = process.argv.slice(2);
run(name, Number(count), Number(seed)).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
