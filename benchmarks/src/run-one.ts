// The process of one benchmark: what another has compiled, allocated or left open does not reach it.
import { BENCHMARKS } from './benchmarks.js';

async function run(name: string | undefined): Promise<void> {
  const benchmark = BENCHMARKS.find((each) => each.name === name);
  if (benchmark === undefined) throw new Error(`no benchmark ${name}`);
  const rows = await benchmark.run({ progress: (text) => console.error(`  ${text}`) });
  process.send?.(rows, () => process.exit());
}

// By an exit, so that what is to be done at the end is done.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
run(process.argv[2]).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
