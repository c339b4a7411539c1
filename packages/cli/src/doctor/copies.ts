import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Check, failed, passed } from './report.js';

const NAME = '@grpc/grpc-js';
/** Packages looked into; a large application has two thousand. */
const MOST_PACKAGES = 20_000;

/** An installed copy: its real folder and its version. */
interface Copy {
  readonly path: string;
  readonly version: string;
}

const show = ({ path, version }: Copy): string => `${path} (${version})`;

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function readCopy(folder: string): Copy | undefined {
  try {
    const path = realpathSync(folder);
    const { version } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
    return { path, version: String(version) };
  } catch {
    return undefined;
  }
}

/** Folder of the package that a module in that folder loads. */
function packageSeenFrom(folder: string, name: string): string | undefined {
  try {
    return dirname(createRequire(join(folder, 'x.js')).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

/** The copy that a module in that folder loads. */
function copySeenFrom(folder: string): Copy | undefined {
  const found = packageSeenFrom(folder, NAME);
  return found === undefined ? undefined : readCopy(found);
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The packages of a `node_modules`, scoped ones too, and those in pnpm's store. */
function packagesIn(modules: string): string[] {
  return entries(modules).flatMap((name) => {
    const path = join(modules, name);
    if (name === '.pnpm')
      return entries(path).flatMap((each) => packagesIn(join(path, each, 'node_modules')));
    if (name.startsWith('.')) return [];
    return name.startsWith('@') ? entries(path).map((each) => join(path, each)) : [path];
  });
}

/** Every copy in the `node_modules` of a folder and of those above it, each once. */
function installedCopies(folder: string): Copy[] {
  const copies = new Map<string, Copy>();
  const queue: string[] = [];
  for (let at = folder; ; at = dirname(at)) {
    queue.push(join(at, 'node_modules'));
    if (dirname(at) === at) break;
  }
  const seen = new Set<string>();
  for (const modules of queue) {
    for (const path of packagesIn(modules)) {
      const real = realPath(path);
      // A link may lead back to where the search came from.
      if (real === undefined || seen.has(real) || seen.size === MOST_PACKAGES) continue;
      seen.add(real);
      const copy = path.endsWith(join('@grpc', 'grpc-js')) ? readCopy(real) : undefined;
      if (copy !== undefined) copies.set(copy.path, copy);
      queue.push(join(real, 'node_modules'));
    }
  }
  return [...copies.values()];
}

/**
 * Whether the application in that folder and `@fairlead/client` share one copy of grpc-js: the schemes are registered
 * in one copy, and clients made by another do not know them. Nothing is said where one of the two is not installed.
 */
export function checkCopies(folder: string): Check[] {
  const client = packageSeenFrom(folder, '@fairlead/client');
  const own = copySeenFrom(folder);
  const registered = client === undefined ? undefined : copySeenFrom(client);
  if (own === undefined || registered === undefined) return [];
  if (own.path !== registered.path) {
    const text = `two copies of ${NAME}: this application loads ${show(own)}, @fairlead/client loads ${show(registered)}: k8s:/// is unknown to clients of the first`;
    const fix = `make them one ("npm ls ${NAME}" shows who brings which, "overrides" in package.json), or call register({ grpc }) with the application’s`;
    return [failed('grpc-js', text, fix)];
  }
  const others = installedCopies(folder).filter(({ path }) => path !== own.path);
  const aside =
    others.length === 0
      ? ''
      : `; libraries that load ${others.map(show).join(', ')} do not know k8s:/// unless register({ grpc }) gets that copy`;
  return [passed('grpc-js', `this application and @fairlead/client share ${NAME} ${own.version}${aside}`)];
}
