import {
  type ChannelOptionsInput,
  ClientError,
  channelOptions,
  type MeterProvider,
  peerAttributes,
  type RegisterOptions,
  register,
} from '@fairlead/client';
import { type EndpointSet, usableEndpoints, watchEndpoints } from '@fairlead/discovery';
import { createKubeClient, loadAccess } from '@fairlead/discovery/kubernetes';
import { echoDefinition } from '@fairlead/sandbox/echo';
import { startTestCluster, type TestCluster } from '@fairlead/sandbox/testing';
import { createHealth, createLifecycle, type DrainResult } from '@fairlead/server';
import {
  type ClientUnaryCall,
  credentials,
  makeClientConstructor,
  Server,
  type ServiceError,
} from '@grpc/grpc-js';

// What an application may name, so that every declaration is read.
export type Named = [MeterProvider, EndpointSet, TestCluster, DrainResult];
export const loaded = [createKubeClient, loadAccess, startTestCluster, watchEndpoints, usableEndpoints];

const options: RegisterOptions = { policy: 'roundRobin', settleMs: 50 };
const input: ChannelOptionsInput = { retry: { maxAttempts: 3 }, keepalive: true };
const health = createHealth();
const lifecycle = createLifecycle({ health, exit: false });
const server = new Server(lifecycle.serverOptions);
server.addService(health.definition, health.implementation);

interface Echo {
  Say(
    request: { text: string },
    callback: (error: ServiceError | null, reply: { pod: string }) => void,
  ): ClientUnaryCall;
  close(): void;
}

async function main(): Promise<void> {
  register(options);
  try {
    register({ policy: 'leastRequest' });
  } catch (error) {
    if (!(error instanceof ClientError) || error.code !== 'OPTION_DIFFERS') throw error;
  }
  const EchoClient = makeClientConstructor({ ...echoDefinition }, 'Echo');
  // A constructor that is made at run time knows no methods: the cast names them.
  const client = new EchoClient('k8s:///serv-ca.nspace:8088', credentials.createInsecure(), {
    ...channelOptions(input),
    interceptors: [peerAttributes()],
  }) as unknown as Echo;
  const pods = new Set<string>();
  const say = (): Promise<string> =>
    new Promise((resolve, reject) => {
      client.Say({ text: 'hello' }, (error, { pod } = { pod: '' }) => (error ? reject(error) : resolve(pod)));
    });
  for (let i = 0; i < 30; i++) pods.add(await say());
  process.stdout.write(`${pods.size} pods`);
  client.close();
  lifecycle.close();
  health.close();
}

void main();
