import { Child, type ChildOptions } from './child.js';
import type {
  ClientsOrder,
  ClientsQuestions,
  FloorOrder,
  FloorQuestions,
  ServerOrder,
  ServerQuestions,
} from './orders.js';

export type Clients = Child<ClientsQuestions>;
export type Server = Child<ServerQuestions>;
export type Floor = Child<FloorQuestions>;

/** Starts a process of clients; resolves when all of them hold what they want. */
export async function startClients(order: ClientsOrder): Promise<Clients> {
  const clients: Clients = new Child(new URL('./clients.js', import.meta.url), order);
  await clients.ask('ready', null);
  return clients;
}

/** Starts a process with a control plane; resolves when it listens. */
export async function startServer(
  order: ServerOrder,
  options?: ChildOptions,
): Promise<{ readonly server: Server; readonly port: number }> {
  const server: Server = new Child(new URL('./server.js', import.meta.url), order, options);
  return { server, port: await server.ask('port', null) };
}

/** Starts a process with a server of `node:http2` that writes bytes that are ready; resolves when it listens. */
export async function startFloor(
  order: FloorOrder,
  options?: ChildOptions,
): Promise<{ readonly server: Floor; readonly port: number }> {
  const server: Floor = new Child(new URL('./floor.js', import.meta.url), order, options);
  return { server, port: await server.ask('port', null) };
}
