import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

interface Manifest {
  readonly exports: Readonly<Record<string, { readonly types: string }>>;
  readonly typesVersions?: { readonly '*': Readonly<Record<string, readonly [string]>> };
}

const read = (name: string): Manifest =>
  JSON.parse(readFileSync(new URL(`../../packages/${name}/package.json`, import.meta.url), 'utf8'));

// TypeScript up to 5.9 with `module: commonjs` resolves by rules that are older than `exports`.
it.each(['client', 'discovery', 'balancing', 'server', 'sandbox'])(
  'says where the declarations of each subpath of %s are for compilers that do not read exports',
  (name) => {
    const { exports, typesVersions } = read(name);
    const subpaths = Object.entries(exports).filter(([path]) => path !== '.' && path !== './package.json');
    const expected = subpaths.map(([path, { types }]) => [path.slice(2), [types]]);
    expect(typesVersions?.['*'] ?? {}).toEqual(Object.fromEntries(expected));
  },
);
