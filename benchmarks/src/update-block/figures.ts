import type { Placement } from '../backend/commands.js';
import { perRound, ratio, type Samples } from '../interleave.js';
import { createRow, type Row } from '../rows.js';
import { nameOf, PLACEMENTS, POLICIES, type Policy, SIZES } from './contestants.js';

/** Growth is taken between these. */
const SMALL = 10;
const LARGE = 1000;

/** Map diffs of N keys that an update may cost beyond one with a single endpoint. */
const GOAL_BLOCK = 5;
const GOAL_GROWTH = 5;
/** Map diffs that an update without a change may cost. */
const GOAL_NO_OP = 2;

type Values = readonly number[];

/** The samples by name. */
class LookUp {
  private readonly samples: Samples<string>;

  constructor(samples: Samples<string>) {
    this.samples = samples;
  }

  of(name: string): Values {
    const found = this.samples[name];
    if (found === undefined) throw new Error(`no contestant ${name}`);
    return found;
  }

  /** The columns `subject` and, where the contestant ran twice, `again`. */
  columns(name: string): { readonly subject: Values; readonly again?: Values } {
    const again = this.samples[nameOf.again(name)];
    return { subject: this.of(name), ...(again === undefined ? {} : { again }) };
  }

  /** The mean of both runs of a round, where there are two. */
  mean(name: string): Values {
    const { subject, again = subject } = this.columns(name);
    return perRound((a = 0, b = 0) => (a + b) / 2, subject, again);
  }

  /** What `large` costs beyond `one`, in map diffs of n keys. */
  beyond(large: string, one: string, n: number): number[] {
    const combine = (a = 0, b = 0, diff = 0): number => (a - b) / diff;
    return perRound(combine, this.mean(large), this.mean(one), this.of(nameOf.diffOnce(n)));
  }
}

function goal({ ours }: Policy, value: number): { goal?: number } {
  return ours ? { goal: value } : {};
}

/** +1 endpoint: what it costs beyond +1 at N = 1, in map diffs; and how it grows. */
function blockRows(policy: Policy, placement: Placement, samples: LookUp): Row[] {
  const id = `update-block/${policy.name}, +1 in a ${placement.replace('-', ' ')}`;
  const name = (n: number): string => nameOf.add(policy.name, n, placement);
  const common = (n: number) => ({ id, n, unit: 'µs', ...samples.columns(name(n)) });
  return [
    createRow(common(1)),
    ...SIZES.map((n) =>
      createRow({
        ...common(n),
        ratios: samples.beyond(name(n), name(1), n),
        ...goal(policy, GOAL_BLOCK),
      }),
    ),
    createRow({
      ...common(LARGE),
      id: `${id}, ÷ N=${SMALL}`,
      ratios: perRound(ratio, samples.mean(name(LARGE)), samples.mean(name(SMALL))),
      ...goal(policy, GOAL_GROWTH),
    }),
  ];
}

function noOpRows(policy: Policy, samples: LookUp): Row[] {
  return SIZES.map((n) => {
    const name = nameOf.noOp(policy.name, n);
    return createRow({
      id: `update-block/${policy.name}, no-op`,
      n,
      unit: 'µs',
      ...samples.columns(name),
      ratios: perRound(ratio, samples.mean(name), samples.of(nameOf.diffRepeated(n))),
      ...goal(policy, GOAL_NO_OP),
    });
  });
}

/** Figures that the others are read with. */
function contextRows(samples: LookUp): Row[] {
  const values = (id: string, name: (n: number) => string): Row[] =>
    SIZES.map((n) => createRow({ id: `update-block/${id}`, n, unit: 'µs', subject: samples.of(name(n)) }));
  return [
    ...SIZES.map((n) =>
      createRow({
        id: 'update-block/JSON.parse of a grown slice',
        n,
        unit: 'µs',
        subject: samples.of(nameOf.parse(n)),
        ratios: samples.beyond(nameOf.parse(n), nameOf.parse(1), n),
      }),
    ),
    ...values('fairlead, event without a change', nameOf.touch),
    ...values('map diff, once after a pause', nameOf.diffOnce),
    ...values('map diff, repeated', nameOf.diffRepeated),
  ];
}

/** The rows of the benchmark from its samples. */
export function updateBlockRows(samples: Samples<string>): Row[] {
  const found = new LookUp(samples);
  return [
    ...POLICIES.flatMap((policy) => [
      ...PLACEMENTS.flatMap((placement) => blockRows(policy, placement, found)),
      ...noOpRows(policy, found),
    ]),
    ...contextRows(found),
  ];
}
