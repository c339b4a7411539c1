import { waitFor } from '#commands/wait.js';
import type { Ended, Running } from '../npm/command.js';
import type { Bench, Project, RunOptions } from './set-up.js';

/** Calls over which the shares of the pods are counted. */
const COUNTED = 300;
/** A third each is even; a random choice stays above this, but once in a million runs. */
const LEAST_SHARE = 0.2;
/** From ready to the first call. Milliseconds are usual; the rest is for a busy machine. */
const MOST_MS = 3_000;
const WAIT_MS = 30_000;

/** Standard error of a program, when it must be empty. */
export const trouble = ({ code, err, late }: Ended): string[] => [
  ...(late ? ['does not end by itself'] : code === 0 ? [] : [`exit ${code}`]),
  ...(err === '' ? [] : [`says ${(/^\w*Error: .*$/m.exec(err)?.[0] ?? err).slice(0, 300)}`]),
];

/** What a program that calls has written: a line `pod NAME` or `failed TEXT` per call. */
export class Calls {
  readonly pods: string[] = [];
  readonly failures: string[] = [];

  readonly take = (line: string): void => {
    if (line.startsWith('pod ')) this.pods.push(line.slice(4));
    if (line.startsWith('failed ')) this.failures.push(line.slice(7));
  };

  get count(): number {
    return this.pods.length + this.failures.length;
  }

  /** The share of each pod since call number `from`. */
  shares(from: number): Map<string, number> {
    const seen = this.pods.slice(from);
    const counts = new Map<string, number>();
    for (const pod of seen) counts.set(pod, (counts.get(pod) ?? 0) + 1);
    return new Map([...counts].map(([pod, count]) => [pod, count / seen.length]));
  }
}

/** Shares in per cent, and what is wrong with them. */
export function judgeShares(
  shares: ReadonlyMap<string, number>,
  pods: number,
): { text: string; even: boolean } {
  const values = [...shares.values()];
  const least = (LEAST_SHARE * 3) / pods;
  return {
    text: `${values.map((value) => Math.round(value * 100)).join('/')} %`,
    even: values.length === pods && values.every((value) => value >= least),
  };
}

interface Caller {
  readonly program: string;
  readonly project: Project;
  readonly args: readonly string[];
  readonly options?: RunOptions;
}

async function follow(
  bench: Bench,
  calls: Calls,
  running: Running,
): Promise<{ shares: ReturnType<typeof judgeShares>; afterMs: number }> {
  const { world, signal } = bench;
  let over = false;
  void running.ended.then(() => {
    over = true;
  });
  const until = (what: string, condition: () => boolean): Promise<void> =>
    waitFor(what, () => over || condition(), { timeoutMs: WAIT_MS, signal });
  await until('calls to three pods', () => new Set(calls.pods).size === 3);
  const from = calls.pods.length;
  await until('calls', () => calls.pods.length >= from + COUNTED);
  const shares = judgeShares(calls.shares(from), 3);
  let arrived = Number.POSITIVE_INFINITY;
  const before = new Set(world.ready());
  const isNew = (pod: string): boolean => !before.has(pod);
  const look = setInterval(() => {
    if (arrived === Number.POSITIVE_INFINITY && calls.pods.some(isNew)) arrived = performance.now();
  }, 1);
  try {
    await world.scale(4);
    await until('a call to the fourth pod', () => arrived < Number.POSITIVE_INFINITY);
  } finally {
    clearInterval(look);
  }
  const readyAt = world.readyAt(world.ready().find(isNew) ?? '') ?? 0;
  await world.scale(3);
  const last = calls.count;
  await until('calls after the fourth pod', () => calls.count >= last + 50);
  return { shares, afterMs: Math.max(0, Math.round(arrived - readyAt)) };
}

/**
 * Judges a program that calls until its standard input ends: even over three pods, the fourth in use as soon as it is
 * ready, no call failed, neither then nor when it leaves, and an end by itself without a word on standard error.
 */
export async function judgeSpread(bench: Bench, { program, project, args, options }: Caller): Promise<void> {
  const calls = new Calls();
  const running = project.start(args, { ...options, timeoutMs: 180_000, onLine: calls.take });
  const name = `${program}: three pods, a fourth comes and goes`;
  const expected = 'even, no call failed, nothing on stderr';
  try {
    const { shares, afterMs } = await follow(bench, calls, running);
    running.finish();
    const wrong = trouble(await running.ended);
    if (!shares.even) wrong.push('not even');
    if (afterMs > MOST_MS) wrong.push('late');
    if (calls.failures.length > 0) wrong.push(`failed: ${calls.failures[0]}`);
    const got = `${shares.text}; the fourth ${afterMs} ms after ready; ${calls.failures.length} of ${calls.count} failed`;
    bench.report({ case: name, expected, got: [got, ...wrong].join('; '), ok: wrong.length === 0 });
  } catch (error) {
    running.kill();
    bench.signal.throwIfAborted();
    const { err } = await running.ended;
    const why = error instanceof Error ? error.message : String(error);
    bench.report({
      case: name,
      expected,
      got: [why, calls.failures[0], err.slice(0, 300)].filter(Boolean).join('; '),
    });
  }
}

/** Judges a program that makes some calls and ends: even over three pods, none failed, nothing on standard error. */
export async function judgeCalls(bench: Bench, { program, project, args, options }: Caller): Promise<void> {
  const calls = new Calls();
  const ended = await project.run(args, { ...options, onLine: calls.take });
  const shares = judgeShares(calls.shares(0), 3);
  const stream = /^stream (\d+) answers of one pod$/m.exec(ended.out)?.[1];
  const wrong = trouble(ended);
  if (!shares.even) wrong.push('not even');
  if (stream !== '20') wrong.push(`stream: ${stream ?? 'no'} of 20 answers`);
  if (calls.failures.length > 0) wrong.push(`failed: ${calls.failures[0]}`);
  bench.report({
    case: `${program}: unary and bidi`,
    expected: 'even, no call failed, nothing on stderr',
    got: [`${shares.text} of ${calls.count} calls, a stream of ${stream ?? 0}`, ...wrong].join('; '),
    ok: wrong.length === 0,
  });
}
