import { lstat, mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A folder that is written as a kubelet writes the volume of a ConfigMap: each version by one swap of `..data`. */
export class MountedVolume {
  readonly path: string;
  #version = 0;
  #previous: string | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** Puts these files in the place of all others. */
  async put(files: Readonly<Record<string, string>>): Promise<void> {
    const version = `..v${++this.#version}`;
    await mkdir(join(this.path, version), { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(this.path, version, name), text);
    await symlink(version, join(this.path, '..data_tmp'));
    await rename(join(this.path, '..data_tmp'), join(this.path, '..data'));
    await this.#link(Object.keys(files));
    if (this.#previous !== undefined) await rm(join(this.path, this.#previous), { recursive: true });
    this.#previous = version;
  }

  /** The visible names: links through `..data`, made and taken away after the swap. */
  async #link(names: readonly string[]): Promise<void> {
    const there = (await readdir(this.path)).filter((name) => !name.startsWith('..'));
    for (const name of there) if (!names.includes(name)) await rm(join(this.path, name));
    for (const name of names) {
      const isThere = await lstat(join(this.path, name)).then(
        () => true,
        () => false,
      );
      if (!isThere) await symlink(`..data/${name}`, join(this.path, name));
    }
  }
}
