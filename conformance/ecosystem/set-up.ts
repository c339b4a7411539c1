import type { Ended, Running } from '../npm/command.js';
import type { Runtime } from '../npm/install.js';
import type { Case } from '../part.js';
import type { World } from './world.js';

/** Names of our packages. */
export type OwnPackage = 'client' | 'discovery' | 'balancing' | 'server' | 'sandbox';

/** What an application is made of. */
export interface ProjectPlan {
  /** Folders of `apps/` whose files it has, later ones over earlier ones. */
  readonly apps: readonly string[];
  /** Packages of the registry, with their ranges. */
  readonly packages: Readonly<Record<string, string>>;
  /** Default `module`. */
  readonly type?: 'commonjs' | 'module';
  /** Flags of `npm install`. */
  readonly flags?: readonly string[];
}

/** How a program of an application is run. */
export interface RunOptions {
  /** Default: the Node.js that runs the command. */
  readonly runtime?: Runtime;
  readonly env?: Readonly<Record<string, string>>;
  /** Default 60 s. */
  readonly timeoutMs?: number;
  /** Default: the application's folder. */
  readonly cwd?: string;
  onLine?(line: string): void;
}

/** An application in a folder of its own, with packages as npm installs them: ours from their tarballs. */
export interface Project {
  readonly folder: string;
  /** The path of a file of it. */
  path(...parts: string[]): string;
  /** Starts a program: arguments for the runtime. */
  start(args: readonly string[], options?: RunOptions): Running;
  /** Runs a program to its end. */
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
  /** Runs one that must succeed, as a compiler. */
  must(args: readonly string[], options?: RunOptions): Promise<Ended>;
}

/** What a set-up works with. */
export interface Bench {
  /** Three pods whenever a set-up begins. */
  readonly world: World;
  readonly signal: AbortSignal;
  log(line: string): void;
  report(found: Omit<Case, 'part' | 'ok'> & { readonly ok?: boolean }): void;
  /** Rejects with NotInstallable. */
  install(plan: ProjectPlan): Promise<Project>;
  /** Tarballs of our packages, by name. */
  readonly tarballs: Readonly<Record<OwnPackage, string>>;
}

/** One way to use Fairlead, or several that share an installation. */
export interface SetUp {
  /** Chosen by `FAIRLEAD_CONFORMANCE_ONLY`. */
  readonly name: string;
  judge(bench: Bench): Promise<void>;
}
