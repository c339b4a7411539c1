import { resolve } from 'node:path';
import webpack from 'webpack';

const options = {
  entry: './app.mjs',
  target: 'node',
  mode: 'production',
  output: { path: resolve('out'), filename: 'webpack.cjs' },
};
webpack(options, (error, stats) => {
  if (error || stats.hasErrors()) throw error ?? new Error(stats.toString('errors-only'));
});
