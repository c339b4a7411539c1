import type { TableColumn } from '../kinds.js';

/** The first column of most tables. */
export const NAME: TableColumn = { name: 'Name', type: 'string', format: 'name', priority: 0 };

/** The time since the object's creation. */
export const AGE: TableColumn = { name: 'Age', type: 'string', priority: 0 };

/** A column that is always shown. */
export function column(name: string, type: TableColumn['type'] = 'string'): TableColumn {
  return { name, type, priority: 0 };
}

/** A column of `-o wide`. */
export function wide(name: string, type: TableColumn['type'] = 'string'): TableColumn {
  return { name, type, priority: 1 };
}

/** The first three, and how many more there are; `<unset>` for none. */
export function firstThree(values: readonly string[]): string {
  if (values.length === 0) return '<unset>';
  const shown = values.slice(0, 3).join(',');
  return values.length > 3 ? `${shown} + ${values.length - 3} more...` : shown;
}
