import { open, stat } from 'node:fs/promises';

/** 10,000 endpoints with all their fields fit, and four ConfigMaps. */
export const MAX_BYTES = 4 * 1024 * 1024;

/** What changes when the file or folder does, also when another one takes its place. */
export async function signatureOf(path: string): Promise<string> {
  const { ino, size, mtimeMs, ctimeMs } = await stat(path);
  return [ino, size, mtimeMs, ctimeMs].join(' ');
}

/** The text of a file. Throws for one that is longer than `MAX_BYTES`. */
export async function readBounded(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    if (size > MAX_BYTES) throw new Error(`it has ${size} bytes, accepted are at most ${MAX_BYTES}`);
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(size) });
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
