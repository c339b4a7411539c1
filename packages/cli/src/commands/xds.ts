import { hostname } from 'node:os';
import type { TlsFiles } from '@fairlead/control-plane';
import { type Command, InvalidArgumentError } from 'commander';
import { type ClusterOptions, withClusterOptions } from '../cluster-options.js';
import { UsageError } from '../errors.js';
import { listenForInterrupt } from '../interrupt.js';
import { lineLogger } from '../output/log-lines.js';
import { createStyle } from '../output/style.js';
import { port } from '../parse-number.js';
import { bootstrap, isServerAddress } from '../xds/bootstrap.js';

interface ServeOptions extends ClusterOptions {
  readonly host: string;
  readonly port: number;
  readonly onlyNamespace: readonly string[];
  readonly publish: readonly string[];
  readonly drain: number;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly clientCa?: string;
  readonly audience: string;
  readonly open: boolean;
  readonly plaintext: boolean;
  readonly adminHost: string;
  readonly adminPort?: number;
}

interface BootstrapOptions {
  readonly server: readonly string[];
  readonly tlsCa?: string;
  readonly tokenFile?: string;
  readonly clientCert?: string;
  readonly clientKey?: string;
  readonly nodeId: string;
  readonly zone?: string;
}

/** As the control plane's own default, which is not loaded for `--help`. */
const DEFAULT_PORT = 18_000;

const collect = (value: string, previous: readonly string[]): string[] => [...previous, value];

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 3_600) return value;
  throw new InvalidArgumentError('--drain takes seconds from 0 to 3600.');
}

function serverAddress(value: string, previous: readonly string[]): string[] {
  if (isServerAddress(value)) return collect(value, previous);
  throw new InvalidArgumentError('--server takes HOST:PORT, without a scheme.');
}

/** For the person in front of it; programs read the line on standard output. */
function hint(lines: readonly string[]): void {
  if (!process.stderr.isTTY) return;
  const style = createStyle(process.stderr);
  for (const line of lines) process.stderr.write(`${style('dim', line)}\n`);
}

function tlsFiles({ tlsCert, tlsKey, clientCa }: ServeOptions): TlsFiles | undefined {
  if (tlsCert === undefined && tlsKey === undefined && clientCa === undefined) return undefined;
  if (tlsCert !== undefined && tlsKey !== undefined)
    return { certFile: tlsCert, keyFile: tlsKey, clientCaFile: clientCa };
  throw new UsageError('--tls-cert and --tls-key go together, and --client-ca with both');
}

/** An address as `HOST:PORT`. */
function show({ host, port: number }: { readonly host: string; readonly port: number }): string {
  return host.includes(':') ? `[${host}]:${number}` : `${host}:${number}`;
}

async function serve(given: ServeOptions): Promise<void> {
  const { onlyNamespace, drain, adminHost, adminPort, ...options } = given;
  const tls = tlsFiles(given);
  const interrupt = listenForInterrupt();
  const { createControlPlane } = await import('@fairlead/control-plane');
  const controlPlane = createControlPlane({
    ...options,
    tls,
    admin: adminPort === undefined ? undefined : { host: adminHost, port: adminPort },
    ...(onlyNamespace.length === 0 ? {} : { namespaces: onlyNamespace }),
    logger: lineLogger(process.stderr),
  });
  try {
    const listening = await controlPlane.start();
    const { admin } = listening;
    await Promise.race([controlPlane.synced(), interrupt.happened]);
    if (!interrupt.signal.aborted) {
      const address = show(listening);
      process.stdout.write(`ready xds=${address}${admin === undefined ? '' : ` admin=${show(admin)}`}\n`);
      const secured = tls === undefined ? '' : ' --tls-ca FILE';
      hint([
        `In another terminal: fairlead xds bootstrap --server ${address}${secured} > bootstrap.json`,
        'and, for a client that dials xds:///SERVICE.NAMESPACE:PORT: export GRPC_XDS_BOOTSTRAP=bootstrap.json',
      ]);
    }
    await interrupt.happened;
  } finally {
    await controlPlane.close({ spreadMs: drain * 1_000 });
  }
}

function print({ server, nodeId, zone, ...files }: BootstrapOptions): void {
  const { tlsCa, tokenFile, clientCert, clientKey } = files;
  if ((clientCert === undefined) !== (clientKey === undefined)) {
    throw new UsageError('--client-cert and --client-key go together');
  }
  if (tlsCa === undefined && (tokenFile !== undefined || clientCert !== undefined)) {
    throw new UsageError(
      '--token-file and --client-cert need --tls-ca: nothing secret is sent in plain text',
    );
  }
  const servers = server.length > 0 ? server : [`127.0.0.1:${DEFAULT_PORT}`];
  process.stdout.write(`${JSON.stringify(bootstrap({ servers, nodeId, zone, ...files }), null, 2)}\n`);
  hint(['Clients read it from the file that GRPC_XDS_BOOTSTRAP names.']);
}

function serveCommand(parent: Command): void {
  const command = parent
    .command('serve')
    .description('watch the cluster and answer xDS clients until interrupted')
    .option('--host <address>', 'address to listen on; one that is not loopback needs TLS', '127.0.0.1')
    .option('--port <number>', 'port to listen on (0: any free one)', port, DEFAULT_PORT)
    .option('--only-namespace <name>', 'serve this namespace only; repeatable (default: all)', collect, [])
    .option('--publish <name>', 'what a wildcard subscription (Envoy) stands for; repeatable', collect, [])
    .option('--tls-cert <file>', 'certificate with its chain (PEM); followed when it is renewed')
    .option('--tls-key <file>', 'its private key (PEM)')
    .option('--client-ca <file>', 'clients show certificates of this authority, instead of tokens')
    .option('--audience <name>', 'what the tokens of clients are for', 'fairlead')
    .option('--open', 'do not ask who clients are: whoever gets here sees every Service', false)
    .option('--plaintext', 'with --open: no TLS on an address that is not loopback', false)
    .option(
      '--admin-port <number>',
      'port for health, metrics, clients and resources over HTTP (default: none)',
      port,
    )
    .option('--admin-host <address>', 'address for these', '127.0.0.1')
    .option('--drain <seconds>', 'after a signal, over how long clients are sent elsewhere', seconds, 3)
    .addHelpText('after', '\nExample:\n  fairlead xds serve --kubeconfig /tmp/kc');
  withClusterOptions(command).action(serve);
}

function bootstrapCommand(parent: Command): void {
  parent
    .command('bootstrap')
    .description('print the bootstrap file that gRPC clients of every language accept')
    .option('--server <address>', 'HOST:PORT of a control plane; repeatable', serverAddress, [])
    .option(
      '--tls-ca <file>',
      'the control plane has TLS; authority of its certificate, as the client finds it',
    )
    .option('--token-file <file>', 'token that the client shows (gRFC A97)')
    .option('--client-cert <file>', 'certificate that the client shows (gRFC A65)')
    .option('--client-key <file>', 'its private key')
    .option('--node-id <id>', 'how the control plane’s log calls the client', hostname())
    .option('--zone <name>', 'zone of the client')
    .addHelpText('after', '\nExample:\n  fairlead xds bootstrap --server 127.0.0.1:18000 > bootstrap.json')
    .action(print);
}

/** Adds `fairlead xds serve` and `fairlead xds bootstrap`. */
export function xdsCommand(program: Command): void {
  const parent = program.command('xds').description('a control plane for gRPC clients of any language');
  serveCommand(parent);
  bootstrapCommand(parent);
}
