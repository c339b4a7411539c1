import http from 'node:http';
import https from 'node:https';
import { createSecureContext } from 'node:tls';
import type { ClusterAccess, Credentials } from '../access/access.js';

/** TCP keep-alive finds a path that went silent after about 40 s (30 s idle, then ten probes a second apart). */
export const KEEP_ALIVE_MS = 30_000;
/** Idle sockets are closed before the API server's own 90 s, so that a write seldom meets a closing socket. */
const FREE_SOCKET_MS = 60_000;
/** So many idle sockets are kept: requests come in bursts (one get for each of many Services) and then not for minutes. */
const FREE_SOCKETS = 4;

/** Connection pools, one at a time: a changed CA or client certificate makes a new one. */
export interface Agents {
  current(credentials: Credentials): http.Agent;
  close(): void;
}

interface Pool {
  readonly agent: http.Agent;
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** Lets requests that run go on, and closes each of the pool's sockets as it becomes free. */
function retire(agent: http.Agent): void {
  agent.maxFreeSockets = 0;
  for (const sockets of Object.values(agent.freeSockets)) {
    for (const socket of sockets ?? []) socket.destroy();
  }
}

function createAgent(access: ClusterAccess, ca: string | undefined, credentials: Credentials): http.Agent {
  const common = {
    keepAlive: true,
    keepAliveMsecs: KEEP_ALIVE_MS,
    timeout: FREE_SOCKET_MS,
    maxFreeSockets: FREE_SOCKETS,
  };
  if (access.server.startsWith('http:')) return new http.Agent(common);
  return new https.Agent({
    ...common,
    rejectUnauthorized: !access.insecure,
    // One for all connections of the pool: reading a bundle of a hundred authorities takes 10 ms.
    secureContext: createSecureContext({ ca, cert: credentials.cert, key: credentials.key }),
    ...(access.tlsServerName === undefined ? {} : { servername: access.tlsServerName }),
  });
}

/** Makes the pools of one client. */
export function createAgents(access: ClusterAccess): Agents {
  let pool: Pool | undefined;
  return {
    current(credentials) {
      const ca = access.ca();
      const { cert, key } = credentials;
      if (pool && pool.ca === ca && pool.cert === cert && pool.key === key) return pool.agent;
      if (pool) retire(pool.agent);
      pool = { agent: createAgent(access, ca, credentials), ca, cert, key };
      return pool.agent;
    },
    close() {
      pool?.agent.destroy();
      pool = undefined;
    },
  };
}
