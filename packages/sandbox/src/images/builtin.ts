import { programPath } from '../../program-path.cjs';

const ECHO = programPath('images/echo.js');

/** Images that every sandbox has, with their commands. */
export const BUILTIN_IMAGES: Readonly<Record<string, readonly string[]>> = {
  'fairlead/echo': [process.execPath, ECHO],
};
