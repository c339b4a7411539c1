import type { Case } from './part.js';

/** What one run of a part found, for the page. */
export interface PartResult {
  readonly name: string;
  readonly about: string;
  /** `2026-11-25`. */
  readonly date: string;
  readonly cases: readonly Case[];
  /** Why a difference is accepted; undefined: it is not. */
  reasonOf(found: Case): string | undefined;
}

const INTRODUCTION = `# What others' programs say of Fairlead

Each part of \`npm run conformance\` lets programs that we did not write judge ours ([how](../conformance/README.md)). Every section is written by
the part itself (\`npm run conformance -- PART --write\`): ✓ what was got is what was expected, ~ a difference that is accepted, with its reason.
`;

/** Longer texts are cut, but for reasons: the command prints them whole. */
const WIDEST = 100;

const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('*', '\\*');

function cut(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= WIDEST ? line : `${line.slice(0, WIDEST - 1)}…`;
}

/** One row of a Markdown table. */
const row = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;

/** The section of one part: how many cases hold, the differences with their reasons, and all cases. */
function section({ name, about, date, cases, reasonOf }: PartResult): string {
  const differ = cases.filter(({ ok }) => !ok);
  const mark = (found: Case): string => (found.ok ? '✓' : reasonOf(found) === undefined ? '✗' : '~');
  const lines = [
    `## ${name}`,
    '',
    `${about}. ${date}: ${cases.length - differ.length} of ${cases.length} cases hold.`,
    '',
  ];
  if (differ.length > 0) {
    lines.push('| difference | got | why |', '|---|---|---|');
    for (const found of differ) lines.push(row([cut(found.case), cut(found.got), reasonOf(found) ?? 'new']));
    lines.push('');
  }
  lines.push('<details><summary>all cases</summary>', '', '| | case | expected | got |', '|---|---|---|---|');
  for (const found of cases)
    lines.push(row([mark(found), cut(found.case), cut(found.expected), cut(found.got)]));
  return [...lines, '', '</details>', ''].join('\n');
}

/** Sections of a page by the name of their part, in order. */
function sectionsOf(page: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const text of page.split(/^(?=## )/m).slice(1)) {
    found.set(text.slice(3, text.indexOf('\n')).trim(), `${text.trimEnd()}\n`);
  }
  return found;
}

/** The page with the sections of these parts written anew and all others as they were, in the order of \`names\`. */
export function writePage(page: string, results: readonly PartResult[], names: readonly string[]): string {
  const sections = sectionsOf(page);
  for (const result of results) sections.set(result.name, section(result));
  const known = names.filter((name) => sections.has(name));
  return [INTRODUCTION, ...known.map((name) => sections.get(name) ?? '')].join('\n');
}
