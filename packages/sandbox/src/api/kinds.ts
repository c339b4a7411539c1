import type { KubeObject } from '../objects.js';

/** Everything the API server must know of one kind. The table of all kinds is `KINDS` in api/kinds/index.ts. */
export interface KindInfo {
  readonly kind: string;
  /** Plural; unique over all groups in this cluster. */
  readonly resource: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories?: readonly string[];
  /** `''` for the core group. */
  readonly group: string;
  readonly version: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly subresources: readonly (
    | 'status'
    | 'scale'
    | 'binding'
    | 'log'
    | 'eviction'
    | 'token'
    | 'exec'
    | 'attach'
    | 'portforward'
    | 'proxy'
  )[];
  /** Fills in what the API server would (mutates). */
  setDefaults?(object: KubeObject): void;
  /** Adds to a new object what its uid and name give (mutates); after the defaults, before validation. */
  prepareCreate?(object: KubeObject): void;
  /** Carries over what an update may not set, and counts what it changes (mutates); before validation. */
  prepareUpdate?(object: KubeObject, old: KubeObject): void;
  /** Field errors in Kubernetes' words (`spec.ports: Required value`); empty = valid. `old` on update. */
  validate?(object: KubeObject, old?: KubeObject): FieldError[];
  /** What a write is told although it is accepted, for the object as it is stored. */
  warnings?(object: KubeObject): string[];
  /** What every answer about the kind warns of: that it is deprecated, and what is used instead. */
  readonly deprecation?: string;
  /** How an older version is made of the stored one, and the other way round. Absent: it is the stored one. */
  readonly conversion?: Conversion;
  /** Columns and cells of kubectl's table. */
  readonly table?: TableSpec;
}

/** Between a version of a kind and the one that is stored. */
export interface Conversion {
  fromStored(object: KubeObject): KubeObject;
  /** `stored` is what an update replaces: what this version cannot say is kept. */
  toStored(object: KubeObject, stored?: KubeObject): KubeObject;
}

export interface FieldError {
  readonly field: string;
  /** Kubernetes' reason: FieldValueRequired, FieldValueInvalid, FieldValueForbidden, … */
  readonly reason: string;
  /** The whole message after the field, e.g. `Invalid value: 0: must be between 1 and 65535, inclusive`. */
  readonly message: string;
}

export interface TableColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: 'name' | '';
  readonly description?: string;
  /** 0 is always shown, 1 only with -o wide. */
  readonly priority: 0 | 1;
}

export interface TableSpec {
  readonly columns: readonly TableColumn[];
  cells(object: KubeObject, nowMs: number): readonly (string | number | boolean | null)[];
}
