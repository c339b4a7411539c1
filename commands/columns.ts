/** Rows of text with their columns one below the other; those in `right` end together, all others begin together. */
export function alignColumns(rows: readonly (readonly string[])[], right?: ReadonlySet<number>): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, text] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, text.length);
  }
  const pad = (text: string, column: number): string =>
    right?.has(column) ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0);
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}
