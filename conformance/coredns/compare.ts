import type { Answer } from './ask.js';

/** A serial counts changes, as each server sees them. */
const withoutSerial = (record: string): string => record.replace(/(\tSOA\t\S+ \S+) \d+ /, '$1 SERIAL ');

const set = (records: readonly string[]): string => records.map(withoutSerial).sort().join(' | ');

/** Servers put records into an order of their own: records of other lengths fit in other numbers. */
const CUT_TOLERANCE = 2;

/** The sections of two answers that differ. Of answers that were cut only the numbers of records count. */
function sectionDifferences(ours: Answer, theirs: Answer): string[] {
  const cut = ours.flags.includes('tc') && theirs.flags.includes('tc');
  const sections = [
    ['answer', ours.answer, theirs.answer],
    ['authority', ours.authority, theirs.authority],
    ['additional', ours.extra, theirs.extra],
  ] as const;
  return sections.flatMap(([name, got, expected]) => {
    if (cut) {
      const same = Math.abs(got.length - expected.length) <= CUT_TOLERANCE;
      return same ? [] : [`${name} ${got.length} records instead of ${expected.length}`];
    }
    return set(got) === set(expected)
      ? []
      : [`${name} ${set(got) || 'none'} instead of ${set(expected) || 'none'}`];
  });
}

/** What tells two answers apart, in one line; empty: they are equal. */
export function difference(ours: Answer, theirs: Answer): string {
  if (ours.error !== undefined || theirs.error !== undefined)
    return `${ours.error ?? 'an answer'} instead of ${theirs.error ?? 'an answer'}`;
  const fields = (answer: Answer): readonly (readonly [string, string])[] => [
    ['rcode', answer.rcode],
    ['flags', answer.flags.join(' ')],
    ['question', answer.question],
    ['OPT', answer.edns.replace(/\s+/g, ' ').trim()],
  ];
  const expected = fields(theirs);
  const others = fields(ours).flatMap(([name, value], index) => {
    const [, other = ''] = expected[index] ?? [];
    return value === other ? [] : [`${name} ${value || 'none'} instead of ${other || 'none'}`];
  });
  return [...others, ...sectionDifferences(ours, theirs)].join(', ');
}
