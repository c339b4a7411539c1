import { resolve } from 'node:path';
import { DiscoveryError } from '../errors.js';
import { textProblem } from '../target.js';

/** Longest path of Linux. */
const MAX_TEXT = 4_096;
const SHOWN = 120;

/** A target of the scheme `file`: a file that lists the endpoints. */
export interface FileTarget {
  /** As written, with the scheme. */
  readonly text: string;
  /** Absolute. */
  readonly path: string;
}

/** Parses `file:///ABSOLUTE/PATH` and `file:RELATIVE/PATH`. Throws TARGET_INVALID. */
export function parseFileTarget(text: string): FileTarget {
  const fail = (problem: string): never => {
    const accepted = 'accepted is file:///PATH, or file:PATH relative to the working directory';
    const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
    throw new DiscoveryError('TARGET_INVALID', `target ${JSON.stringify(shown)}: ${problem}; ${accepted}`);
  };
  const rest = text.replace(/^file:/, '');
  const problem = textProblem(text, MAX_TEXT);
  if (problem !== undefined) fail(problem);
  const [, authority, absolute] = /^\/\/([^/]*)(\/.*)?$/s.exec(rest) ?? [];
  if (authority !== undefined && authority !== '') fail('write three slashes');
  const path = absolute ?? rest;
  if (path === '' || path.endsWith('/')) fail('the path of a file is missing');
  return { text, path: resolve(path) };
}

/** `:authority` and TLS name: a file has none, and gRPC says `localhost` for what is on this machine. */
export const FILE_AUTHORITY = 'localhost';
