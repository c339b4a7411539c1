import { readFileSync } from 'node:fs';
import { delimiter, dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { DiscoveryError } from '../../errors.js';
import { errorCode, errorMessage } from '../error-code.js';

/** A field of a kubeconfig entry, unchecked. */
export type Fields = Readonly<Record<string, unknown>>;

/** An entry with the folder of its file, against which its relative paths resolve. */
export interface Entry {
  readonly name: string;
  readonly fields: Fields;
  readonly dir: string;
  readonly file: string;
}

/** Several kubeconfig files merged into one. */
export interface Kubeconfig {
  readonly clusters: ReadonlyMap<string, Entry>;
  readonly users: ReadonlyMap<string, Entry>;
  readonly contexts: ReadonlyMap<string, Entry>;
  readonly currentContext?: string;
  /** The files that were read, in order. */
  readonly files: readonly string[];
}

/** True for an object that is not a list. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An ACCESS_INVALID error that starts with the file. */
export function invalid(file: string, problem: string, cause?: unknown): DiscoveryError {
  return new DiscoveryError('ACCESS_INVALID', `kubeconfig ${file}: ${problem}`, cause ? { cause } : {});
}

/** Reads a file; undefined when it does not exist. */
function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const code = errorCode(cause) || errorMessage(cause);
    if (code === 'ENOENT') return undefined;
    throw invalid(file, `cannot be read: ${code}`, cause);
  }
}

function parseText(content: string): unknown {
  const text = content.replace(/^\ufeff/, '');
  if (text.trimStart().startsWith('{')) {
    try {
      return JSON.parse(text);
    } catch {
      // A YAML document may begin with a brace, too.
    }
  }
  return parse(text, { prettyErrors: false, logLevel: 'error' });
}

/** An error tells the line only: the parser's own words quote the file and may hold a token. */
function parseDocument(file: string, content: string): Fields {
  let value: unknown;
  try {
    value = parseText(content);
  } catch (error) {
    const pos = isFields(error) && Array.isArray(error.pos) ? Number(error.pos[0]) : undefined;
    const line = pos === undefined ? '' : ` (line ${content.slice(0, pos).split('\n').length})`;
    throw invalid(file, `is neither YAML nor JSON${line}`);
  }
  if (value === null || value === undefined) return {};
  if (!isFields(value)) throw invalid(file, 'is not a mapping with clusters, users and contexts');
  return value;
}

function addEntries(
  into: Map<string, Entry>,
  document: Fields,
  what: { list: string; item: string; file: string },
): void {
  const { list, item, file } = what;
  const entries = document[list] ?? [];
  if (!Array.isArray(entries)) throw invalid(file, `"${list}" is not a list`);
  for (const [index, entry] of entries.entries()) {
    if (!isFields(entry) || typeof entry.name !== 'string')
      throw invalid(file, `${list}[${index}] has no name`);
    const fields = entry[item] ?? {};
    if (!isFields(fields)) throw invalid(file, `${list}[${index}].${item} is not a mapping`);
    // The first file that has a name wins: kubectl's rule.
    if (!into.has(entry.name)) into.set(entry.name, { name: entry.name, fields, dir: dirname(file), file });
  }
}

/** Splits a list of paths as `KUBECONFIG` has it. */
export function splitPaths(list: string): readonly string[] {
  return list.split(delimiter).filter((path) => path !== '');
}

/** Reads and merges kubeconfig files. Missing files are skipped; undefined when all are missing. */
export function readKubeconfig(paths: readonly string[]): Kubeconfig | undefined {
  const clusters = new Map<string, Entry>();
  const users = new Map<string, Entry>();
  const contexts = new Map<string, Entry>();
  const files: string[] = [];
  let currentContext: string | undefined;
  for (const path of paths) {
    const file = resolve(path);
    const content = readIfThere(file);
    if (content === undefined) continue;
    files.push(path);
    const document = parseDocument(file, content);
    addEntries(clusters, document, { list: 'clusters', item: 'cluster', file });
    addEntries(users, document, { list: 'users', item: 'user', file });
    addEntries(contexts, document, { list: 'contexts', item: 'context', file });
    const current = document['current-context'];
    if (typeof current === 'string' && current !== '') currentContext ??= current;
  }
  if (files.length === 0) return undefined;
  return { clusters, users, contexts, files, ...(currentContext === undefined ? {} : { currentContext }) };
}
