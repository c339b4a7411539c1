const WORD = /"([^"]*)"|'([^']*)'|(\\.|[^\s"'\\])/gy;
const BLANK = /\s+/y;

/**
 * Splits a command into its words as a shell does with plain words, quotes and backslashes; there are no variables.
 * Null: a quote is not closed.
 */
export function splitWords(text: string): string[] | null {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length; ) {
    BLANK.lastIndex = at;
    WORD.lastIndex = at;
    const blank = BLANK.exec(text);
    const piece = blank ? null : WORD.exec(text);
    if (!blank && !piece) return null;
    if (piece) word = (word ?? '') + (piece[1] ?? piece[2] ?? piece[3]!.replace(/^\\/, ''));
    else if (word !== undefined) words.push(word);
    if (blank) word = undefined;
    at += (blank ?? piece)![0].length;
  }
  return word === undefined ? words : [...words, word];
}
