import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ZONE } from './world.js';

/** A running CoreDNS. */
export interface CoreDns {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  /** What it wrote last. */
  tail(): string;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const GRACE_MS = 5_000;

/** A port that is free for both transports. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const socket = createSocket('udp4').bind(port, HOST);
  try {
    await once(socket, 'listening');
  } finally {
    socket.close();
    server.close();
  }
  return port;
}

/**
 * The zones alone, without a forwarder: names outside are refused, and the target of an ExternalName there is not
 * looked up. TTL and pod mode are CoreDNS's own defaults, written out.
 */
function corefile(port: number, kubeconfig: string): string {
  const zones = [ZONE, 'in-addr.arpa', 'ip6.arpa'];
  return `${zones.map((zone) => `${zone}:${port}`).join(' ')} {
  bind ${HOST}
  errors
  kubernetes ${zones.join(' ')} {
    kubeconfig ${kubeconfig}
    pods disabled
    ttl 5
  }
}
`;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  await once(child, 'exit');
  clearTimeout(kill);
}

/** Starts CoreDNS on the cluster of the kubeconfig. It serves as soon as it has read the cluster. */
export async function startCoreDns(binary: string, kubeconfig: string): Promise<CoreDns> {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-coredns-'));
  const port = await freePort();
  const conf = join(folder, 'Corefile');
  writeFileSync(conf, corefile(port, kubeconfig));
  const child = spawn(binary, ['-conf', conf], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output = `${output}${chunk}`.slice(-2000);
    });
  }
  await once(child, 'spawn');
  return {
    address: `${HOST}:${port}`,
    tail: () => output.trim(),
    async close() {
      await end(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
