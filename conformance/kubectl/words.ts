/** Splits a command into words at spaces; single quotes hold a word together. */
export function wordsOf(command: string): string[] {
  return [...command.matchAll(/(?:'([^']*)'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ''));
}
