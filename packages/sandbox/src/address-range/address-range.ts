import { createServer, type Server } from 'node:net';
import { SandboxError } from '../errors.js';

/** A `/16` of the loopback network that belongs to one sandbox until it is released. */
export interface AddressRange {
  /** Address of the API server and the cluster DNS: `127.X.0.1`. */
  readonly api: string;
  /** The `/24` of one node's pods; nodes count from 1. */
  nodePods(node: number): string;
  /** Address of a node itself: where it serves logs. */
  nodeHost(node: number): string;
  /** Virtual IPs of Services, as CIDR. */
  readonly services: string;
  /** Addresses of load balancers, as CIDR. */
  readonly balancers: string;
  /** Idempotent. */
  release(): Promise<void>;
}

/** `127.0.x` holds localhost and the system's own resolver; the second octet of a sandbox starts above it. */
const FIRST = 50;
const LAST = 249;
/** Held on `127.X.0.0` while the range is in use. Below the ephemeral range, and no registered service has it. */
const LOCK_PORT = 20_127;

/** Nodes are at `127.X.0.10` and up. */
const NODE_HOSTS = 9;

function tryLock(host: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else if (error.code === 'EADDRNOTAVAIL')
        reject(new SandboxError('NO_ADDRESS_RANGE', NOT_LINUX, { cause: error }));
      else reject(error);
    });
    server.listen({ host, port: LOCK_PORT, exclusive: true }, () => resolve(server));
  });
}

const NOT_LINUX =
  'the sandbox needs the whole loopback range 127.0.0.0/8, which only Linux has without set-up; client and server work here';

/**
 * Claims the first free range. The lock is a listening socket inside the range: the kernel frees it when the process
 * ends, however it ends, so no stale lock can remain.
 */
export async function claimAddressRange(): Promise<AddressRange> {
  for (let octet = FIRST; octet <= LAST; octet++) {
    const lock = await tryLock(`127.${octet}.0.0`);
    if (lock) return rangeOf(octet, lock);
  }
  throw new SandboxError(
    'NO_ADDRESS_RANGE',
    `all sandbox address ranges 127.${FIRST}–${LAST}.0.0/16 are in use: end a sandbox that runs`,
  );
}

function rangeOf(octet: number, lock: Server): AddressRange {
  lock.unref();
  return {
    api: `127.${octet}.0.1`,
    nodePods: (node) => `127.${octet}.${node}.0/24`,
    nodeHost: (node) => `127.${octet}.0.${NODE_HOSTS + node}`,
    services: `127.${octet}.96.0/20`,
    balancers: `127.${octet}.112.0/24`,
    release: () => new Promise((resolve) => lock.close(() => resolve())),
  };
}
