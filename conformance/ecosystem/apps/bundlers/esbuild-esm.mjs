import { build } from 'esbuild';

await build({
  entryPoints: ['app.mjs'],
  outfile: 'out/banner.mjs',
  bundle: true,
  platform: 'node',
  format: 'esm',
  banner: {
    js: [
      "import { createRequire as bannerRequire } from 'node:module';",
      "import { fileURLToPath as bannerPath } from 'node:url';",
      'const require = bannerRequire(import.meta.url);',
      'const __filename = bannerPath(import.meta.url);',
      "const __dirname = bannerPath(new URL('.', import.meta.url));",
    ].join('\n'),
  },
});
