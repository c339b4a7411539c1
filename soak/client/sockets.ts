import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** `01` of /proc/net/tcp. */
const ESTABLISHED = '01';

interface TcpRow {
  readonly remote: string;
  readonly state: string;
  readonly inode: string;
}

function address(hex: string): string {
  const [host = '', port = ''] = hex.split(':');
  const bytes = (host.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16));
  return `${bytes.join('.')}:${Number.parseInt(port, 16)}`;
}

/** Reads the text of /proc/net/tcp: IPv4 with the bytes of an address in the machine's (little-endian) order. */
export function parseTcpTable(text: string): TcpRow[] {
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields.length > 9)
    .map((fields) => ({ remote: address(fields[2]!), state: fields[3]!, inode: fields[9]! }));
}

/** Inodes of the sockets that this process has open. */
function ownInodes(): Set<string> {
  const inodes = new Set<string>();
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1];
      if (inode !== undefined) inodes.add(inode);
    } catch {
      // The descriptor that the folder itself was read with is closed again.
    }
  }
  return inodes;
}

/** Open sockets of this process of every kind, and the `ip:port` of each TCP peer as the kernel knows it. */
export function openSockets(): { readonly count: number; readonly connectedTo: readonly string[] } {
  const own = ownInodes();
  const rows = parseTcpTable(readFileSync('/proc/self/net/tcp', 'utf8'));
  const connected = rows.filter(({ inode, state }) => own.has(inode) && state === ESTABLISHED);
  return { count: own.size, connectedTo: connected.map(({ remote }) => remote) };
}
