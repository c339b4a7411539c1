import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Ways into a network namespace of one's own, the one without privileges first. */
const WAYS: readonly (readonly string[])[] = [
  ['unshare', '--map-root-user', '--net'],
  ['sudo', '-n', 'unshare', '--net'],
];

/** A way that is not open must say so at once; `sudo` could ask the network first (ms). */
const TRY_MS = 10_000;

/** The command prefix that runs a program in a network namespace of its own; undefined where that is denied. */
export async function namespaceCommand(): Promise<readonly string[] | undefined> {
  for (const way of WAYS) {
    const [command = '', ...args] = way;
    const open = await run(command, [...args, 'ip', 'link', 'set', 'lo', 'up'], { timeout: TRY_MS }).then(
      () => true,
      () => false,
    );
    if (open) return way;
  }
  return undefined;
}

/** What this machine lacks for a network namespace. */
export async function missingNamespace(): Promise<string[]> {
  if (process.platform !== 'linux') return ['Linux: the components run in a network namespace of their own'];
  if (await namespaceCommand()) return [];
  return [
    'a network namespace: `unshare --map-root-user --net ip link set lo up` must work (util-linux, iproute2; sysctl ' +
      'kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0), or the same by `sudo -n`',
  ];
}

/**
 * Makes every address of `networks` an address of this machine, as 127.0.0.0/8 is, in the namespace of this process.
 * Nothing outside ever sees them.
 */
export async function claimNetworks(networks: readonly string[]): Promise<void> {
  await run('ip', ['link', 'set', 'lo', 'up']);
  for (const network of networks) await run('ip', ['route', 'add', 'local', network, 'dev', 'lo']);
}

/** Resets every established TCP connection of a port of this namespace: RST to both ends. */
export async function resetConnections(host: string, port: number): Promise<void> {
  await run('ss', ['-K', 'state', 'established', 'src', host, 'sport', '=', `:${port}`]);
}
