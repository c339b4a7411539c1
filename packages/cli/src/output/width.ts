import { stripVTControlCharacters } from 'node:util';

/** A colour or style as a terminal understands it, or one character. */
const ESC = '\u001b';
const PIECE = new RegExp(`${ESC}\\[[0-9;]*m|.`, 'gsu');
const RESET = `${ESC}[0m`;

/** Columns that a text takes; every character that this program draws is one wide. */
export function widthOf(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

/** Cuts a line to so many columns; what is cut shows as `…`. */
export function clip(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = '';
  let width = 0;
  let styled = false;
  for (const [piece] of text.matchAll(PIECE)) {
    if (piece.startsWith(ESC)) {
      styled = true;
      kept += piece;
    } else if (width < columns - 1) {
      kept += piece;
      width++;
    }
  }
  return `${kept}…${styled ? RESET : ''}`;
}
