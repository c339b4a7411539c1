/** One bind mount, with whatever is mounted inside its source. */
export interface Bind {
  readonly source: string;
  readonly target: string;
  readonly readOnly?: boolean;
}

/** Characters that part fields and lines of a table, or begin such an escape or a remark. */
const SPECIAL = /[\s\\#]/g;

const field = (path: string): string =>
  path.replace(SPECIAL, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);

/** Binds as a table that `mount -a -T FILE` takes, fstab(5): one process makes them all, in order. */
export function mountTable(binds: readonly Bind[]): string {
  return binds
    .map(({ source, target, readOnly }) => {
      const options = readOnly ? 'rbind,ro' : 'rbind';
      return `${field(source)} ${field(target)} none ${options} 0 0\n`;
    })
    .join('');
}
