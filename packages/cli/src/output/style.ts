import { styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];

/** Colours text for a stream, and leaves it plain where the stream is no terminal or NO_COLOR is set. */
export interface Style {
  readonly enabled: boolean;
  (format: Format, text: string): string;
}

/** Decides by the stream whether text is coloured (https://no-color.org). */
export function createStyle(
  stream: { readonly isTTY?: boolean },
  env: NodeJS.ProcessEnv = process.env,
): Style {
  const enabled = stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
  const style = (format: Format, text: string): string =>
    enabled ? styleText(format, text, { validateStream: false }) : text;
  return Object.assign(style, { enabled });
}
