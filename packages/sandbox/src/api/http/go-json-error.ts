/** What V8 expected, and how Go says what it found instead. */
const EXPECTED: readonly (readonly [RegExp, string])[] = [
  [/^Expected ':'/, 'after object key'],
  [/^Expected ',' or '\}'/, 'after object key:value pair'],
  [/^Expected ',' or '\]'/, 'after array element'],
  [/^Expected (double-quoted )?property name/, 'looking for beginning of object key string'],
  [/^Unexpected non-whitespace character/, 'after top-level value'],
];

/** What `JSON.parse` found wrong with a text, in the words of Go, which users of Kubernetes search for. */
export function goJsonError(error: unknown, text: string): string {
  const why = error instanceof Error ? error.message : '';
  const token = /^Unexpected token '(.)'/su.exec(why)?.[1];
  if (token !== undefined) return `invalid character '${token}' looking for beginning of value`;
  const position = Number(/ at position (\d+)/.exec(why)?.[1] ?? text.length);
  if (position >= text.length || why.startsWith('Unterminated')) return 'unexpected end of JSON input';
  const where = EXPECTED.find(([pattern]) => pattern.test(why))?.[1];
  return where === undefined ? why : `invalid character '${text[position]}' ${where}`;
}
