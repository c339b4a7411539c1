import type { KubeObject } from '../../objects.js';
import type { KindInfo } from '../kinds.js';
import { badRequest } from '../refusals.js';
import { apiVersionOf } from '../storage/metadata.js';
import { toTable } from '../table.js';
import { type Form, negotiateForm } from './accept.js';
import type { Context } from './context.js';

/** How one request wants objects to look. */
export interface Representation {
  readonly form: Form;
  /** What a table row carries beside its cells. */
  readonly includeObject: 'Metadata' | 'Object' | 'None';
}

/** Metadata of a list. */
export interface ListMeta {
  /** Absent where nothing is stored. */
  readonly resourceVersion?: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

/** Reads what a request wants; throws 406 and 400. */
export function representationOf({ headers, query }: Pick<Context, 'headers' | 'query'>): Representation {
  const includeObject = query.get('includeObject') || 'Metadata';
  if (includeObject !== 'Metadata' && includeObject !== 'Object' && includeObject !== 'None') {
    throw badRequest(`unrecognized includeObject value: "${includeObject}"`);
  }
  return { form: negotiateForm(headers.accept), includeObject };
}

/** Where and when something is represented. */
export interface RepresentationScope {
  readonly kind: KindInfo;
  readonly representation: Representation;
  readonly nowMs: number;
}

/** One object; `columns` false leaves a table's column definitions out. */
export function represent(
  object: KubeObject,
  scope: Pick<RepresentationScope, 'representation' | 'nowMs'> & {
    readonly kind: Pick<KindInfo, 'table' | 'conversion'>;
  },
  columns = true,
): object {
  const { kind, representation, nowMs } = scope;
  switch (representation.form) {
    case 'object':
      return kind.conversion?.fromStored(object) ?? object;
    case 'metadata':
      return partial(object);
    case 'table':
      return toTable(kind, [object], {
        includeObject: representation.includeObject,
        nowMs,
        columns,
        listMeta: { resourceVersion: object.metadata.resourceVersion },
      });
  }
}

/** A list of objects. */
export function representList(
  objects: readonly KubeObject[],
  meta: ListMeta,
  scope: RepresentationScope,
): object {
  const { kind, representation, nowMs } = scope;
  switch (representation.form) {
    case 'object':
      return {
        kind: `${kind.kind}List`,
        apiVersion: apiVersionOf(kind),
        metadata: meta,
        // Upstream's items do not repeat what the list says of them.
        items: objects
          .map((object) => kind.conversion?.fromStored(object) ?? object)
          .map(({ kind: _kind, apiVersion: _apiVersion, ...rest }) => rest),
      };
    case 'metadata':
      return {
        kind: 'PartialObjectMetadataList',
        apiVersion: 'meta.k8s.io/v1',
        metadata: meta,
        items: objects.map(partial),
      };
    case 'table':
      return toTable(kind, objects, {
        includeObject: representation.includeObject,
        nowMs,
        columns: true,
        listMeta: { ...meta },
      });
  }
}

function partial({ metadata }: KubeObject): object {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}
