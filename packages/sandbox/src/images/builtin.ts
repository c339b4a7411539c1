import { fileURLToPath } from 'node:url';

/** Images that every sandbox has, with their commands. */
export const BUILTIN_IMAGES: Readonly<Record<string, readonly string[]>> = {
  'fairlead/echo': [process.execPath, fileURLToPath(new URL('./echo.js', import.meta.url))],
};
