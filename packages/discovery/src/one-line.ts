/** Text that came from outside as it may stand in a message: on one line, and cut after so many characters. */
export function oneLine(text: string, most = 300): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length > most ? `${line.slice(0, most)}…` : line;
}
