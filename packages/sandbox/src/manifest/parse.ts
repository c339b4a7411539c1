import { parseAllDocuments } from 'yaml';
import { ManifestError } from '../errors.js';
import type { KubeObject } from '../objects.js';

/** Larger manifests are refused: the API server takes 3 MB per object. */
const MAX_CHARACTERS = 10_000_000;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkObject(value: unknown, where: string): KubeObject[] {
  if (!isRecord(value))
    throw new ManifestError(`${where} is not an object with apiVersion, kind and metadata`);
  for (const field of ['apiVersion', 'kind']) {
    if (typeof value[field] !== 'string' || value[field] === '')
      throw new ManifestError(`${where}: ${field} is missing`);
  }
  if (value.kind === 'List') {
    if (!Array.isArray(value.items)) throw new ManifestError(`${where}: List without items`);
    return value.items.flatMap((item, index) => checkObject(item, `${where} item ${index + 1}`));
  }
  const metadata = value.metadata;
  if (!isRecord(metadata) || typeof metadata.name !== 'string' || metadata.name === '') {
    throw new ManifestError(`${where}: ${value.kind} without metadata.name`);
  }
  return [value as KubeObject];
}

/** The parser's messages end in a colon, for the excerpt that follows on the next lines. It goes down with its stack. */
const firstLine = (message: string): string =>
  message.startsWith('Maximum call stack') ? 'nested too deeply' : message.split('\n')[0]!.replace(/:$/, '');

/** Each alias is a copy; a few lines of them could fill the memory. */
const MAX_ALIASES = 100;

/** As JSON: other YAML has sets, times and numbers that are none, of which the API knows nothing. */
function contentOf(document: { toJS(options: { maxAliasCount: number }): unknown }, where: string): unknown {
  try {
    return JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: MAX_ALIASES })));
  } catch (error) {
    throw new ManifestError(`${where}: ${firstLine((error as Error).message)}`, { cause: error });
  }
}

/** Reads the objects of a YAML (or JSON) manifest, in order; empty documents are passed over. */
export function parseManifest(text: string): KubeObject[] {
  if (text.length > MAX_CHARACTERS)
    throw new ManifestError(`manifest is larger than ${MAX_CHARACTERS} characters`);
  return parseAllDocuments(text, { logLevel: 'silent' }).flatMap((document, index) => {
    const where = `document ${index + 1}`;
    const [error] = document.errors;
    if (error) throw new ManifestError(`${where}: ${firstLine(error.message)}`);
    const value = contentOf(document, where);
    return value === null ? [] : checkObject(value, where);
  });
}
