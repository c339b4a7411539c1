import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MAX_BYTES, readBounded, signatureOf } from './bounded-read.js';
import type { PathReader } from './followed-path.js';
import { parseTexts, type Texts } from './parse-texts.js';

/** As many keys as a ConfigMap may well have. */
const MAX_FILES = 2_000;
/** Where the files of a volume are: a link that is replaced by one rename. */
const VOLUME_LINK = '..data';
/** Versions that follow one another faster than they can be read are waited for. */
const MOST_TRIES = 20;
/** Beginning of the names in a volume that are no keys. */
const NO_KEY = '..';

/** Undefined for what is not there. */
async function ifThere<T>(what: Promise<T>): Promise<T | undefined> {
  try {
    return await what;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The folder that the volume at this path leads to now; undefined for a folder that is none. */
const versionOf = (path: string): Promise<string | undefined> => ifThere(realpath(join(path, VOLUME_LINK)));

/** Files and links to files that are there, sorted by name. */
async function filesOf(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith(NO_KEY)).sort();
  if (names.length > MAX_FILES) {
    throw new Error(`it has ${names.length} files, accepted are at most ${MAX_FILES}`);
  }
  const stats = await Promise.all(names.map((name) => ifThere(stat(join(folder, name)))));
  return names.filter((_, at) => stats[at]?.isFile());
}

async function signatureOfFolder(folder: string): Promise<string> {
  const signatures = (await filesOf(folder)).map(async (name) => {
    return JSON.stringify([name, await signatureOf(join(folder, name))]);
  });
  return (await Promise.all(signatures)).join(' ');
}

async function readFolder(folder: string): Promise<Texts> {
  const entries: [string, string][] = [];
  let bytes = 0;
  for (const name of await filesOf(folder)) {
    const text = await readBounded(join(folder, name)).catch((cause: unknown) => {
      throw new Error(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    });
    bytes += Buffer.byteLength(text);
    if (bytes > MAX_BYTES) throw new Error(`its files have more than ${MAX_BYTES} bytes`);
    entries.push([name, text]);
  }
  return Object.fromEntries(entries);
}

/**
 * The texts of the version that a volume leads to now, or of a folder that is none. One that was replaced meanwhile may have lost files already: it is
 * not believed, nor is what went wrong with it.
 */
async function readVersion(path: string, tries = 1): Promise<Texts> {
  const version = await versionOf(path);
  const isStill = async (): Promise<boolean> => (await versionOf(path)) === version;
  let texts: Texts | undefined;
  try {
    texts = await readFolder(version ?? path);
  } catch (error) {
    if (await isStill()) throw error;
  }
  if (texts !== undefined && (await isStill())) return texts;
  if (tries === MOST_TRIES) throw new Error(`its files were replaced ${tries} times while they were read`);
  return readVersion(path, tries + 1);
}

const isFolder = async (path: string): Promise<boolean> => (await stat(path)).isDirectory();

/**
 * Reads texts by key: from a folder with a file for each, as a ConfigMap is mounted, or from one file of YAML. Of a
 * volume all texts are of one version, also while the next one takes its place.
 */
export const textsReader: PathReader<Texts> = {
  async look(path) {
    if (!(await isFolder(path))) return { folder: dirname(path), signature: await signatureOf(path) };
    const version = await versionOf(path);
    // Nothing is ever changed within a version.
    const signature =
      version === undefined ? await signatureOfFolder(path) : `${version} ${await signatureOf(version)}`;
    return { folder: path, signature: `folder ${signature}` };
  },
  async read(path) {
    if (!(await isFolder(path))) return parseTexts(await readBounded(path));
    return readVersion(path);
  },
};
