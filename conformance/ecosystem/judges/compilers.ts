import { mkdirSync, writeFileSync } from 'node:fs';
import { lastWords } from '../../npm/command.js';
import { judgeDocumented } from '../documented.js';
import type { Bench, Project, SetUp } from '../set-up.js';

/** How a compiler is asked for modules. */
interface Mode {
  readonly name: string;
  readonly options: Readonly<Record<string, string>>;
  /** What the emitted files are. */
  readonly type: 'commonjs' | 'module';
}

const COMMONJS: Mode = { name: 'commonjs', options: { module: 'commonjs' }, type: 'commonjs' };
const MODES: readonly Mode[] = [
  COMMONJS,
  { name: 'node20', options: { module: 'node20' }, type: 'commonjs' },
  { name: 'nodenext', options: { module: 'nodenext' }, type: 'commonjs' },
  { name: 'bundler', options: { module: 'esnext', moduleResolution: 'bundler' }, type: 'module' },
];

/** Installed side by side under names of their own. */
const COMPILERS: readonly { readonly version: string; readonly modes: readonly Mode[] }[] = [
  { version: '5.4', modes: [COMMONJS] },
  { version: '5.9', modes: MODES },
  { version: '6', modes: MODES },
  { version: '7', modes: MODES },
];

async function compile(project: Project, compiler: string, { name, options, type }: Mode): Promise<string> {
  const out = `out-${compiler}-${name}`;
  mkdirSync(project.path(out));
  writeFileSync(project.path(out, 'package.json'), JSON.stringify({ type }));
  const common = {
    target: 'es2022',
    strict: true,
    skipLibCheck: false,
    types: ['node'],
    rootDir: '.',
    outDir: out,
  };
  const config = { compilerOptions: { ...common, ...options }, files: ['app.ts'] };
  writeFileSync(project.path(`tsconfig.${out}.json`), JSON.stringify(config));
  const args = [`node_modules/${compiler}/bin/tsc`, '-p', `tsconfig.${out}.json`];
  const compiled = await project.run(args, { timeoutMs: 120_000 });
  if (compiled.code !== 0) return /[^\n]*error TS[^\n]*/.exec(compiled.out)?.[0] ?? lastWords(compiled);
  const ended = await project.run([`${out}/app.js`]);
  return ended.code === 0 && ended.err === '' ? `compiles; ${ended.out}` : lastWords(ended);
}

/** A mode that does not know that `require()` loads ES modules. */
const NODE16: Mode = { name: 'node16', options: { module: 'node16' }, type: 'commonjs' };
const TS1479 =
  "error TS1479: The current file is a CommonJS module whose imports will produce 'require' calls";

async function judgeCompilers(bench: Bench, project: Project): Promise<void> {
  for (const { version, modes } of COMPILERS) {
    for (const mode of modes) {
      bench.report({
        case: `TypeScript ${version}, ${mode.name}, skipLibCheck: false`,
        expected: 'compiles; 3 pods',
        got: await compile(project, `typescript-${version}`, mode),
      });
    }
  }
  judgeDocumented(bench, 'TypeScript 5.9, node16', TS1479, await compile(project, 'typescript-5.9', NODE16));
}

/** TypeScript against our declarations as published. */
export const COMPILER_SET_UPS: readonly SetUp[] = [
  {
    name: 'typescript',
    async judge(bench) {
      const compilers = COMPILERS.map(({ version }) => [
        `typescript-${version}`,
        `npm:typescript@${version.includes('.') ? `~${version}.0` : `^${version}`}`,
      ]);
      const packages = {
        ...Object.fromEntries(compilers),
        '@types/node': '^20',
        '@opentelemetry/api': '^1.9',
      };
      await judgeCompilers(bench, await bench.install({ apps: ['compilers'], packages, type: 'commonjs' }));
    },
  },
];
