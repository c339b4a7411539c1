import type { Dice } from '../random.js';
import type { Form } from './form.js';

/** Pieces of text that readers trip over: ends of lines, controls, halves of characters, names that objects have. */
export const ODD_TEXTS: readonly string[] = [
  ...['', ' ', '\t', '\n', '\r\n', '\0', '\u001b[31m', '\u007f', '\u0085', '\u2028', '\u202e', '\ufeff'],
  ...['\ud800', '\udc00', 'é', 'ß', '漢', '😀', 'İ', 'ﬀ'],
  ...['.', '..', '/', '//', '///', ':', '::', '-', '_', '%', '%00', '%2F', '%zz', '*', '@', '#', '?', '&'],
  ...['=', ',', ';', '"', "'", '`', '\\', '\\n', '(', ')', '[', ']', '{', '}', '<', '>', '|', '!', '~', '$'],
  ...['0', '00', '-1', '1', '65535', '65536', '1e9', '1e999', '0x10', 'NaN', 'Infinity', '9007199254740993'],
  ...['null', 'true', 'undefined', '__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'length'],
  ...['127.0.0.1', '::1', 'fe80::1%eth0', '999.1.1.1', 'localhost', 'xn--nxasmq6b', 'http://', 'file:///'],
];
/** A text that grew beyond this is cut: what long texts do is seen at this length, too. */
const MOST_CHARS = 200_000;

type TextChange = (text: string, dice: Dice, other: string) => string;

/** Replaces `length` characters at `at`. */
function splice(text: string, at: number, length: number, put: string): string {
  return text.slice(0, at) + put + text.slice(at + length);
}

function range(text: string, dice: Dice): { at: number; length: number } {
  const at = dice.below(text.length + 1);
  const length = dice.once(3)
    ? dice.below(text.length - at + 1)
    : dice.below(Math.min(4, text.length - at + 1));
  return { at, length };
}

const CHANGES: readonly TextChange[] = [
  (text, dice) => splice(text, dice.below(text.length + 1), 0, dice.pick(ODD_TEXTS)),
  (text, dice) => {
    const { at, length } = range(text, dice);
    return splice(text, at, length, dice.pick(ODD_TEXTS));
  },
  (text, dice) => {
    const { at, length } = range(text, dice);
    return splice(text, at, length, '');
  },
  (text, dice) => {
    const { at, length } = range(text, dice);
    return splice(text, at, 0, text.slice(at, at + length).repeat(dice.pick([1, 1, 2, 10, 1000])));
  },
  (text, dice) => splice(text, dice.below(text.length + 1), 0, String.fromCharCode(dice.below(0x1_0000))),
  (text, dice) => splice(text, dice.below(text.length), 1, String.fromCharCode(dice.below(0x80))),
  (text, dice, other) => {
    const { at, length } = range(other, dice);
    return splice(text, dice.below(text.length + 1), 0, other.slice(at, at + length));
  },
  (text, dice, other) =>
    text.slice(0, dice.below(text.length + 1)) + other.slice(dice.below(other.length + 1)),
  (text, dice) => {
    const { at, length } = range(text, dice);
    const part = text.slice(at, at + length);
    return splice(text, at, length, dice.once(2) ? part.toUpperCase() : [...part].reverse().join(''));
  },
];

/** A changed text; `words` are pieces that its readers know, beside those that are odd anywhere. */
export function changeText(text: string, dice: Dice, other: string, words: readonly string[] = []): string {
  if (words.length > 0 && dice.once(3)) {
    const { at, length } = range(text, dice);
    return splice(text, at, dice.once(2) ? 0 : length, dice.pick(words)).slice(0, MOST_CHARS);
  }
  return dice.pick(CHANGES)(text, dice, other).slice(0, MOST_CHARS);
}

/** Inputs that are texts, changed by characters and pieces. */
export function textForm(words: readonly string[] = []): Form<string> {
  return {
    mutate: (text, other, dice) => changeText(text, dice, other, words),
    write: (text) => JSON.stringify(text),
    read: (line) => String(JSON.parse(line)),
  };
}
