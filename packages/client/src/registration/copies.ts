import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Clock } from '@fairlead/discovery';
import type { TroubleLog } from '../log.js';
import { requireFrom } from '../require-from.js';
import { VERSION } from '../version.js';

/** Set on a copy's `registerResolver`, so that the mark lives as long as the registries it tells about. */
const MARK = Symbol.for('@fairlead/client');
/** Registries that are frozen and cannot carry the mark. */
const frozen = new WeakSet<object>();
/** Every loaded copy is in the CommonJS cache under this name: grpc-js has no other form. */
const ENTRY = /[\\/]@grpc[\\/]grpc-js[\\/]build[\\/]src[\\/]index\.js$/;

/** One loaded copy of grpc-js. */
interface GrpcCopy {
  /** Its package folder. */
  readonly path: string;
  readonly version: string;
  /** Its `experimental.registerResolver`. */
  readonly registry: object;
}

function registryOf(module: unknown): object | null {
  if (typeof module !== 'object' || module === null) return null;
  const experimental: unknown = Reflect.get(module, 'experimental');
  if (typeof experimental !== 'object' || experimental === null) return null;
  const registry: unknown = Reflect.get(experimental, 'registerResolver');
  return typeof registry === 'function' ? registry : null;
}

function versionAt(path: string): string {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
    const version: unknown =
      typeof manifest === 'object' && manifest !== null && Reflect.get(manifest, 'version');
    return typeof version === 'string' ? version : 'unknown version';
  } catch {
    // Bundled or moved: the version is only for the message.
    return 'unknown version';
  }
}

/** The copies of grpc-js that this process has loaded by now. */
function loadedCopies(): GrpcCopy[] {
  const { cache } = requireFrom(join(process.cwd(), 'fairlead.js'));
  return Object.keys(cache).flatMap((file) => {
    if (!ENTRY.test(file)) return [];
    const registry = registryOf(cache[file]?.exports);
    const path = dirname(dirname(dirname(file)));
    return registry === null ? [] : [{ path, version: versionAt(path), registry }];
  });
}

/** How a module that was handed in is called in messages. */
export function describeCopy(module: unknown): string {
  const own = registryOf(module);
  const copy = loadedCopies().find(({ registry }) => registry === own);
  return copy === undefined ? 'this copy' : `${copy.path} (${copy.version})`;
}

/** Marks a copy as one that knows our schemes; returns the version of Fairlead that marked it before, if another. */
export function markCopy(module: object): string | null {
  const registry = registryOf(module);
  if (registry === null) return null;
  const before: unknown = Reflect.get(registry, MARK);
  if (!Reflect.defineProperty(registry, MARK, { value: VERSION, configurable: true })) frozen.add(registry);
  return typeof before === 'string' && before !== VERSION ? before : null;
}

/** True when the copy carries the mark. */
function isMarked({ registry }: GrpcCopy): boolean {
  return frozen.has(registry) || Reflect.get(registry, MARK) !== undefined;
}

/** Libraries that bring a copy of their own load soon after; many channels that start together cost one look. */
const LATER_MS = 1000;

/** Looks for copies that cannot dial our targets, and says so once per copy. */
export class CopyCheck {
  private readonly log: TroubleLog;
  private readonly clock: Clock;
  private pending = false;

  constructor(log: TroubleLog, clock: Clock) {
    this.log = log;
    this.clock = clock;
  }

  /** Looks a little later, once for all who asked meanwhile: a look takes a millisecond per thousand modules. */
  checkLater(): void {
    if (this.pending) return;
    this.pending = true;
    const look = (): void => {
      this.pending = false;
      this.check();
    };
    this.clock.setTimeout(look, LATER_MS).unref();
  }

  check(): void {
    const copies = loadedCopies();
    const registered = copies.filter(isMarked).map(({ path, version }) => `${path} (${version}, registered)`);
    // The registered one is not among the loaded modules when it is bundled or its cache entry was dropped.
    if (registered.length === 0) registered.push('the registered one');
    for (const copy of copies) {
      if (isMarked(copy)) continue;
      this.log.once(
        `copy ${copy.path}`,
        `several copies of @grpc/grpc-js are loaded: ${registered.join(', ')}, ${copy.path} (${copy.version}): k8s:/// does not work in the last one. Run "npm ls @grpc/grpc-js", use overrides, or call register({ grpc }) with that copy`,
      );
    }
  }
}
