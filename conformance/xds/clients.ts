import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildProgram, missingForProgram } from '../go/program.js';
import type { Launch } from './caller.js';
import { printBootstrap } from './command-line.js';
import type { Shown } from './identities.js';
import { answers, buildCargo, buildMaven, installPython } from './install.js';

const run = promisify(execFile);

const FOLDER = fileURLToPath(new URL('../../xds/clients/', import.meta.url));
/** The grpc-js client, which also calls through proxies. */
export const NODE_CLIENT = fileURLToPath(new URL('clients/node/client.js', import.meta.url));
const REQUIREMENTS = join(FOLDER, 'python', 'requirements.txt');

/** What a client is asked to do. */
export interface Task {
  /** Port of the control plane. */
  readonly server: number;
  /** Services that are called in turn, as `name.namespace:port`. */
  readonly services: readonly string[];
  /** Calls per second. */
  readonly rate: number;
  /** Channels without calls go idle after so long (ms). */
  readonly idleMs?: number;
  /** Where files of this run may be. */
  readonly folder: string;
  /** The control plane has TLS, and this is shown to it. Default: plain text. */
  readonly shown?: Shown;
  /** A proxy has its clusters from the control plane, one for each service, instead of one by itself. */
  readonly published?: boolean;
  /** A proxy leaves a priority whose endpoints are gone: it looks by itself. */
  readonly looks?: boolean;
}

/** A client that is built and can be started. */
export interface Client {
  readonly name: string;
  /** It has no channels of its own: another client calls through it. */
  readonly proxy?: true;
  /** What it makes of things is shown, and not judged. */
  readonly informative?: true;
  /** Its stream stays open when there are no calls. */
  readonly neverIdle?: true;
  /** What it can show of itself to a control plane with TLS; none: it has no TLS. */
  readonly shows: readonly Shown['kind'][];
  launch(task: Task): Promise<Launch>;
}

/** A client that may be built here. */
export interface ClientSource {
  readonly name: string;
  readonly informative?: true;
  /** What this machine lacks for it; undefined: nothing. */
  missing(): Promise<string | undefined>;
  build(signal: AbortSignal): Promise<Client>;
}

/** How a control plane knows a client. */
export const nodeIdOf = (name: string): string => name.replace(' ', '-');

const plainBootstrap = (server: string, name: string): string =>
  JSON.stringify({
    xds_servers: [
      {
        server_uri: server,
        channel_creds: [{ type: 'insecure' }],
        server_features: ['ignore_resource_deletion'],
      },
    ],
    node: { id: name, locality: {} },
  });

/** The flags that all programs take. */
export const flags = ({ rate, idleMs = 0 }: Task, targets: readonly string[]): string[] => [
  ...['--targets', targets.join(','), '--rate', String(rate), '--idle-ms', String(idleMs)],
];

/** What sets a client apart from others. */
interface Traits extends Pick<Client, 'informative' | 'neverIdle' | 'shows'> {
  /** What stands before a plain control plane's address (default nothing). */
  readonly scheme?: string;
  /** What its environment must have to show that, beside what the bootstrap says. */
  environment?(shown: Shown, folder: string): Promise<Readonly<Record<string, string>>>;
}

/** A client that speaks xDS itself. */
function grpcClient(name: string, argv: readonly string[], traits: Traits): Client {
  const { scheme = '', environment, ...rest } = traits;
  return {
    ...{ name, ...rest },
    async launch(task) {
      const { server, shown } = task;
      const bootstrap =
        shown === undefined
          ? plainBootstrap(`${scheme}127.0.0.1:${server}`, name)
          : await printBootstrap(server, nodeIdOf(name), shown);
      const targets = task.services.map((service) => `xds:///${service}`);
      const env = {
        GRPC_XDS_BOOTSTRAP_CONFIG: bootstrap,
        ...(shown && (await environment?.(shown, task.folder))),
      };
      return { client: { argv: [...argv, ...flags(task, targets)], env } };
    },
  };
}

const node: ClientSource = {
  name: 'node',
  missing: () => Promise.resolve(undefined),
  build: () => Promise.resolve(grpcClient('node', [process.execPath, NODE_CLIENT], { shows: [] })),
};

/** gRFC A97 is behind it. */
const TOKENS: Readonly<Record<string, string>> = { GRPC_EXPERIMENTAL_XDS_BOOTSTRAP_CALL_CREDS: 'true' };

const tokens = (shown: Shown): Promise<Readonly<Record<string, string>>> =>
  Promise.resolve(shown.kind === 'token' && shown.withVariable ? TOKENS : {});

/** Those that read everything from the bootstrap. */
const SECURE: Traits = { shows: ['nothing', 'token', 'certificate'], environment: tokens };

const go: ClientSource = {
  name: 'go',
  missing: async () => (await missingForProgram(join(FOLDER, 'go')))[0],
  build: async (signal) => grpcClient('go', [await buildProgram(join(FOLDER, 'go'), signal)], SECURE),
};

/** Python, for its clients and for what comes as its packages. */
export const missingPython = async (): Promise<string | undefined> =>
  (await answers('python3', '--version')) ? undefined : 'Python 3 with venv (python3)';

const python: ClientSource = {
  name: 'python',
  missing: missingPython,
  build: async (signal) =>
    grpcClient(
      'python',
      [join(await installPython(REQUIREMENTS, signal), 'python'), join(FOLDER, 'python', 'client.py')],
      SECURE,
    ),
};

/** A JVM that starts soon and takes little, because several run here. */
const JAVA = ['java', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** What every JVM takes for a password of a store without secrets. */
const PASSWORD = 'changeit';

/** A store of one authority, as a JVM wants it. */
async function trustStore(ca: string, folder: string): Promise<string> {
  const path = join(folder, 'trust.p12');
  const store = ['-keystore', path, '-storetype', 'PKCS12', '-storepass', PASSWORD];
  if (!existsSync(path))
    await run('keytool', ['-importcert', '-noprompt', '-alias', 'ca', '-file', ca, ...store]);
  return path;
}

/** With TLS it trusts whom its JVM does and shows nothing; for the rest the program has a provider of its own. */
async function javaEnvironment(shown: Shown, folder: string): Promise<Readonly<Record<string, string>>> {
  if (shown.kind === 'nothing') {
    const store = await trustStore(shown.ca, folder);
    const property = '-Djavax.net.ssl.trustStore';
    return { JDK_JAVA_OPTIONS: `${property}=${store} ${property}Password=${PASSWORD}` };
  }
  return {
    FAIRLEAD_FILE_CREDENTIALS: 'true',
    ...(shown.kind === 'token' && { FAIRLEAD_TOKEN_FILE: shown.file }),
  };
}

const java: ClientSource = {
  name: 'java',
  missing: async () =>
    (await answers('mvn', '-version')) ? undefined : 'Java 17 or newer and Maven (java, mvn)',
  async build(signal) {
    const classPath = await buildMaven(join(FOLDER, 'java'), signal);
    const argv = [...JAVA, '-cp', classPath, 'fairlead.Client'];
    return grpcClient('java', argv, {
      ...{ shows: ['nothing', 'token', 'certificate'], environment: javaEnvironment },
    });
  },
};

/** An alpha: nobody depends on it yet. */
const rust: ClientSource = {
  name: 'rust',
  informative: true,
  missing: async () =>
    (await answers('cargo', '--version')) ? undefined : 'Rust 1.88 or newer with a C compiler (cargo, cc)',
  build: async (signal) =>
    grpcClient('rust', [await buildCargo(join(FOLDER, 'rust'), signal)], {
      ...{ informative: true, neverIdle: true, scheme: 'http://', shows: ['nothing', 'certificate'] },
    }),
};

/** Those that speak xDS themselves, in the order of the page's columns. */
export const GRPC_CLIENTS = { judged: [node, go, python, java], informative: [rust] } as const;
