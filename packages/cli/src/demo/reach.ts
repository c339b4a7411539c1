import { connect } from 'node:net';
import { PORT } from './names.js';

const TIMEOUT_MS = 2_000;

/** The virtual IP of the Service beside the headless one, or why it cannot be dialed from here. */
export type VirtualIp = { readonly address: string } | { readonly missing: string };

/** Tries a connection to a virtual IP: from outside a cluster it is often out of reach. */
export function reach(address: string): Promise<VirtualIp> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: PORT, timeout: TIMEOUT_MS });
    const done = (trouble?: string): void => {
      socket.destroy();
      const missing = `virtual IPs are out of reach from here (${address}: ${trouble})`;
      resolve(trouble === undefined ? { address } : { missing });
    };
    socket.once('connect', () => done());
    socket.once('timeout', () => done('ETIMEDOUT'));
    socket.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
  });
}
