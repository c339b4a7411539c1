import { fileURLToPath } from 'node:url';

/** The compiled program, also when this file runs from its source. */
const ECHO = fileURLToPath(new URL('../../dist/images/echo.js', import.meta.url));

/** Images that every sandbox has, with their commands. */
export const BUILTIN_IMAGES: Readonly<Record<string, readonly string[]>> = {
  'fairlead/echo': [process.execPath, ECHO],
};
