import type { KubeObject } from '../objects.js';
import { NAME } from './kinds/columns.js';
import type { KindInfo, TableColumn, TableSpec } from './kinds.js';

/** What a table is made for. */
export interface TableOptions {
  /** What each row carries beside its cells. Default: `Metadata`, as upstream. */
  readonly includeObject?: 'Metadata' | 'Object' | 'None';
  /** The time that ages are counted to, in ms since the epoch. */
  readonly nowMs: number;
  /** False leaves the column definitions out: all but the first event of a watch. */
  readonly columns: boolean;
  /** The list's metadata: `resourceVersion`, `continue`, `remainingItemCount`. */
  readonly listMeta?: Record<string, unknown>;
}

/** Kinds without columns of their own get the API server's plain table. */
const PLAIN: TableSpec = {
  columns: [NAME, { name: 'Created At', type: 'date', priority: 0 }],
  cells: ({ metadata }) => [metadata.name, metadata.creationTimestamp ?? null],
};

/** Objects of one kind as a `meta.k8s.io/v1` Table, with the columns that kubectl prints. */
export function toTable(
  kind: Pick<KindInfo, 'table'>,
  objects: readonly KubeObject[],
  options: TableOptions,
): Record<string, unknown> {
  const spec = kind.table ?? PLAIN;
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: options.listMeta ?? {},
    columnDefinitions: options.columns ? spec.columns.map(definition) : null,
    rows: objects.map((object) => ({
      cells: spec.cells(object, options.nowMs),
      ...rowObject(object, options.includeObject ?? 'Metadata'),
    })),
  };
}

function definition(column: TableColumn): Required<TableColumn> {
  const { name, type, format = '', description = '', priority } = column;
  return { name, type, format, description, priority };
}

function rowObject(object: KubeObject, include: 'Metadata' | 'Object' | 'None'): { object?: object } {
  if (include === 'None') return {};
  if (include === 'Object') return { object };
  const { metadata } = object;
  return { object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata } };
}
