import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Program, startProgram } from '../peers/program.js';

const FAIRLEAD = fileURLToPath(new URL('../../../packages/cli/bin/fairlead.js', import.meta.url));
const FAIRLEAD_PACKAGE = new URL('../../../packages/cli/package.json', import.meta.url);
/** `--import` takes a URL. */
const END_WITH_STDIN = new URL('./end-with-stdin.js', import.meta.url).href;

/** What a control plane is started with. */
export interface Settings {
  readonly kubeconfig: string;
  /** The one that it watches. */
  readonly namespace: string;
  /** 0: any that is free. */
  readonly port: number;
  /** The Go program. */
  readonly binary: string;
}

/** A control plane that serves. */
export interface Running {
  readonly pid: number;
  readonly port: number;
  /** What it is made of, by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** As it should end. */
  close(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

/** One that is compared. */
export interface Contestant {
  /** Also part of names of namespaces. */
  readonly id: string;
  readonly name: string;
  readonly home: string;
  /** What it is, in a sentence. */
  readonly about: string;
  command(settings: Settings): readonly string[];
  /** Reads its first line, which it says when it serves. */
  read(line: string): Pick<Running, 'port' | 'versions'>;
}

const versionIn = (file: URL): string => JSON.parse(readFileSync(file, 'utf8')).version;

const portOf = (address: string): number => Number(address.slice(address.lastIndexOf(':') + 1));

const fairlead: Contestant = {
  id: 'fairlead',
  name: 'Fairlead',
  home: 'xds.md',
  about: '`fairlead xds serve --only-namespace NAMESPACE`, nothing else is set',
  command: ({ kubeconfig, namespace, port }) => [
    ...[process.execPath, '--import', END_WITH_STDIN, FAIRLEAD, 'xds', 'serve', '--drain', '0'],
    ...['--kubeconfig', kubeconfig, '--only-namespace', namespace, '--port', String(port)],
  ],
  read: (line) => ({
    port: portOf(line),
    versions: { Fairlead: versionIn(FAIRLEAD_PACKAGE), 'Node.js': process.versions.node },
  }),
};

/** Names that a page can show, of what the Go program says of itself. */
const MODULES: Readonly<Record<string, string>> = {
  'github.com/envoyproxy/go-control-plane': 'go-control-plane',
  'google.golang.org/grpc': 'grpc-go',
  'k8s.io/client-go': 'client-go',
};

const goControlPlane = (cache: 'linear' | 'snapshot', name: string, about: string): Contestant => ({
  id: cache,
  name: `go-control-plane ${name}`,
  home: 'https://github.com/envoyproxy/go-control-plane',
  about,
  command: ({ binary, kubeconfig, namespace, port }) => [
    ...[binary, cache, kubeconfig, namespace, `127.0.0.1:${port}`],
  ],
  read(line) {
    const { xds = '', ...modules } = JSON.parse(line) as Readonly<Record<string, string>>;
    const versions = Object.entries(modules).map(([path, version]) => [MODULES[path] ?? path, version]);
    return { port: portOf(xds), versions: Object.fromEntries(versions) };
  },
});

/** All that are compared; the first is ours. */
export const CONTESTANTS: readonly Contestant[] = [
  fairlead,
  goControlPlane(
    'linear',
    'LinearCache',
    'the cache that its documentation has for endpoints that are the same for a whole fleet: it knows who watches which resource',
  ),
  goControlPlane(
    'snapshot',
    'SnapshotCache',
    'the cache with which its documentation begins: one snapshot of all Services for all clients, not in ADS mode, which would answer only clients that name every resource',
  ),
];

/** Starts a control plane; resolves when it says that it serves. */
export async function start(contestant: Contestant, settings: Settings): Promise<Running> {
  const program: Program = await startProgram({ argv: contestant.command(settings) });
  let ended: Promise<void> | undefined;
  return {
    pid: program.pid,
    ...contestant.read(program.first),
    close() {
      ended ??= program.close();
      return ended;
    },
    kill() {
      if (ended === undefined) process.kill(program.pid, 'SIGKILL');
      // That it ended before its time is what was asked for.
      ended ??= program.close().catch(() => {});
      return ended;
    },
  };
}
