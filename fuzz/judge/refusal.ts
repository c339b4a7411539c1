import { hold } from '../target.js';

/** What an error of a reader must be. */
export interface Refusals {
  /** Whether it is of the documented class. */
  readonly documented: (error: unknown) => boolean;
  /** Longest text (characters). Default 2100. */
  readonly mostChars?: number;
  /** Whoever gets the text makes one line of it. Default false. */
  readonly escapedLater?: boolean;
}

const MOST_CHARS = 2_100;
/** What must not be in a line that goes to a terminal or a log. */
const CONTROLS = /[\p{Cc}\u2028\u2029]/u;

/** Throws unless a text is one line of bounded length. */
export function holdOneLine(text: unknown, what: string, mostChars = MOST_CHARS): void {
  hold(typeof text === 'string' && text !== '', `${what} has no text`);
  hold(text.length <= mostChars, `${what} is ${text.length} characters long`);
  hold(!CONTROLS.test(text), `${what} holds control characters or several lines: ${JSON.stringify(text)}`);
}

/** Runs a reader: what it returns, or undefined when it refused as documented. Anything else is thrown on. */
export function read<T>(refusals: Refusals, run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    checkRefusal(refusals, error);
    return undefined;
  }
}

/** `read` of a reader that takes its time. */
export async function readLater<T>(refusals: Refusals, run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    checkRefusal(refusals, error);
    return undefined;
  }
}

function checkRefusal({ documented, mostChars, escapedLater = false }: Refusals, error: unknown): void {
  if (!documented(error)) throw error;
  const { message } = error as Error;
  if (!escapedLater) holdOneLine(message, 'the refusal', mostChars);
  hold(message.length <= (mostChars ?? MOST_CHARS), `the refusal is ${message.length} characters long`);
}
