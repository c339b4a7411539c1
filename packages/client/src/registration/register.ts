import { ClientError, messageOf } from '../errors.js';
import { type Grpc, isFitGrpc, missingAbilities, ownGrpc } from '../grpc.js';
import { grpcLogger } from '../log.js';
import { differingOption, type RegisterOptions, readSettings, type Settings } from '../options.js';
import { checkedPolicy } from '../service-config.js';
import { VERSION } from '../version.js';
import { describeCopy } from './copies.js';
import { createRuntime, type Internals } from './create-runtime.js';
import { installPlugin } from './plugin.js';
import type { Runtime } from './runtime.js';

/** What the plug-in is written against. */
const NEEDED_GRPC = '~1.14';

interface Registration {
  readonly settings: Settings;
  readonly runtime: Runtime;
  /** The copies of grpc-js that were served, by their registries. */
  readonly copies: Map<unknown, Grpc>;
  /** Made by the entry that is preloaded, and so without a word of the application. */
  readonly preloaded: boolean;
}

let registration: Registration | null = null;

function fitCopy(module: unknown): Grpc {
  if (isFitGrpc(module)) return module;
  throw new ClientError(
    'GRPC_UNFIT',
    `@fairlead/client ${VERSION} needs @grpc/grpc-js ${NEEDED_GRPC}: ${describeCopy(module)} lacks ${missingAbilities(module).join(', ')}`,
  );
}

/** The registries of a copy; a module namespace and a require() of the same copy share them. */
function identity(grpc: Grpc): unknown {
  return grpc.experimental.registerResolver;
}

function readCredentials({ clusters, log }: Runtime, settings: Settings): void {
  try {
    clusters.get({});
  } catch (error) {
    if (settings.kubeconfig !== undefined || settings.context !== undefined) throw error;
    // A laptop without a cluster: channels to k8s:/// throw this, everything else works.
    log.info('no cluster access yet', { error: messageOf(error) });
  }
}

function begin(options: RegisterOptions, settings: Settings, internals: Internals): Registration {
  // A further copy that is handed in may be the only fit one.
  const own = options.grpc === undefined || isFitGrpc(ownGrpc) ? fitCopy(ownGrpc) : null;
  const runtime = createRuntime(settings, grpcLogger(own ?? fitCopy(options.grpc ?? ownGrpc)), internals);
  if (settings.policy !== undefined) {
    checkedPolicy(settings.policy, 'register option policy', {
      check: (config) => void runtime.parseConfig(config),
    });
  }
  readCredentials(runtime, settings);
  const begun = { settings, runtime, copies: new Map<unknown, Grpc>(), preloaded: false };
  if (own !== null) install(own, begun);
  return begun;
}

function install(grpc: Grpc, { copies, runtime }: Registration): void {
  if (copies.has(identity(grpc))) return;
  installPlugin(grpc, runtime);
  copies.set(identity(grpc), grpc);
}

/** As register(), with parts replaced; for the tests of this package. */
export function registerWith(options: RegisterOptions, internals: Internals): Runtime {
  const settings = readSettings(options);
  const further = options.grpc === undefined ? null : fitCopy(options.grpc);
  if (registration === null) registration = begin(options, settings, internals);
  else if (further === null || Object.keys(options).length > 1) {
    const differing = differingOption(registration.settings, settings);
    if (differing !== null)
      registration = replace(registration, differing, () => begin(options, settings, internals));
  }
  if (further !== null) install(further, registration);
  lookForCopies(registration.runtime);
  return registration.runtime;
}

function lookForCopies({ copies }: Runtime): void {
  copies.check();
  copies.checkLater();
}

/** What the application says replaces what a preload assumed, as long as no client has been made. */
function replace(
  { runtime, copies, preloaded }: Registration,
  option: string,
  again: () => Registration,
): Registration {
  if (preloaded && !runtime.dialled) {
    const next = again();
    for (const copy of copies.values()) install(copy, next);
    return next;
  }
  throw new ClientError(
    'OPTION_DIFFERS',
    preloaded
      ? `@fairlead/client/register was preloaded and a client made before register() came with ${option}: preload a file of your own that calls register() with its options instead`
      : `register() was called before with another ${option}: options hold for the whole process and cannot change`,
  );
}

/** As register(), for the entry that is preloaded: options that come before the first client win. */
export function registerByPreload(internals: Internals = {}): void {
  registration ??= { ...begin({}, readSettings({}), internals), preloaded: true };
  lookForCopies(registration.runtime);
}

/** The runtime of this process; null before register(). */
export function currentRuntime(): Runtime | null {
  return registration?.runtime ?? null;
}

/**
 * Teaches grpc-js the schemes `k8s` and `kubernetes` and the policy `fairlead`: from then on a client of
 * `k8s:///service.namespace:port` spreads its calls over the ready pods. Call it before clients are made. Reads
 * credentials, opens no connection. The same options again do nothing, others throw; `grpc` adds a copy of grpc-js.
 */
export function register(options: RegisterOptions = {}): void {
  registerWith(options, {});
}
