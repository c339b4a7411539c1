import { alignColumns } from '#commands/columns.js';
import type { Goal } from './goals.js';
import { met } from './goals.js';
import type { SubsetBalance } from './subset-balance.js';
import { agrees, type Check } from './validity.js';

/** A table with its heading; the first row is the head. */
export interface Section {
  readonly title: string;
  readonly rows: readonly (readonly string[])[];
}

/** As text for a terminal. */
export function asText({ title, rows }: Section): string {
  const right = new Set(rows[0]?.map((_, i) => i).filter((i) => i > 0));
  return `\n${title}\n${alignColumns(rows, right)}`;
}

/** As Markdown. */
export function asMarkdown({ title, rows }: Section): string {
  const [head = [], ...body] = rows.map((row) => `| ${row.join(' | ')} |`);
  const rule = `|${(rows[0] ?? []).map((_, i) => (i === 0 ? '---' : '---:')).join('|')}|`;
  return [`### ${title}`, head, rule, ...body].join('\n');
}

export function checksSection(checks: readonly Check[]): Section {
  const rows = checks.map((check) => {
    const digits = check.unit === '%' ? 2 : 3;
    const { name, known, simulated, tolerance, unit } = check;
    const allowed = unit === '%' ? `± ${tolerance} points` : `± ${tolerance * 100} %`;
    const verdict = agrees(check) ? 'agrees' : 'DISAGREES';
    return [name, `${known.toFixed(digits)} ${unit}`, simulated.toFixed(digits), allowed, verdict];
  });
  return { title: 'Validity', rows: [['what', 'known', 'simulated', 'allowed', ''], ...rows] };
}

export function balanceSection(balances: readonly SubsetBalance[]): Section {
  const rows = balances.map(({ clients, servers, size, most, least, moved }) => [
    `${clients} clients, ${servers} servers, subset ${size}`,
    most.toFixed(2),
    least.toFixed(2),
    moved.toFixed(2),
  ]);
  return {
    title: 'Subsets: balance and churn',
    rows: [['fleet', 'most ÷ mean', 'least ÷ mean', 'moved ÷ ideal, one server more'], ...rows],
  };
}

export function goalsSection(goals: readonly Goal[]): Section {
  const rows = goals.map((goal) => [
    goal.name,
    `≤ ${goal.atMost}`,
    goal.median.toFixed(2),
    goal.worst.toFixed(2),
    met(goal) ? 'met' : `MISSED ×${(goal.worst / goal.atMost).toFixed(2)}`,
  ]);
  return { title: 'Goals', rows: [['what', 'goal', 'median', 'worst', ''], ...rows] };
}

const END = '<!-- end of figures -->';

/** Figures of a page, and the command that writes them. */
export interface Figures {
  readonly command: string;
  readonly sections: readonly Section[];
}

/** The page with the figures of this command replaced. Throws when it has no place for them. */
export function withFigures(page: string, { command, sections }: Figures): string {
  const head = `<!-- figures: ${command} -->`;
  const begin = page.indexOf(head);
  const end = page.indexOf(END, begin);
  if (begin < 0 || end < 0) throw new Error(`the page has no lines "${head}" and "${END}"`);
  const figures = sections.map(asMarkdown).join('\n\n');
  return `${page.slice(0, begin)}${head}\n\n${figures}\n\n${page.slice(end)}`;
}
