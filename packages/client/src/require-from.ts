/**
 * `require` as a file at `path` has it. Not through an import of `node:module`: webpack knows that one, and puts
 * `undefined` in its place.
 */
export function requireFrom(path: string): NodeJS.Require {
  return process.getBuiltinModule('node:module').createRequire(path);
}
