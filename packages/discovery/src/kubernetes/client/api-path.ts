import type { RequestOptions, ResourceRef } from './client.js';

/** The parts of a request that make its path. */
export interface PathParts extends Pick<RequestOptions, 'namespace' | 'subresource' | 'query'> {
  readonly name?: string;
}

/** Rejects what would change the shape of the path; the API server checks the rest. */
function segment(what: string, value: string): string {
  if (value === '' || value === '.' || value === '..') {
    throw new TypeError(`${what} "${value}" cannot stand in a path: a Kubernetes name is wanted`);
  }
  return encodeURIComponent(value);
}

/** The path and query of a resource: `/api/v1/namespaces/ns/pods/name/status?…`. */
export function apiPath(ref: ResourceRef, parts: PathParts = {}): string {
  const segments =
    ref.group === ''
      ? ['/api', segment('version', ref.version)]
      : ['/apis', segment('group', ref.group), segment('version', ref.version)];
  if (parts.namespace !== undefined) segments.push('namespaces', segment('namespace', parts.namespace));
  segments.push(segment('resource', ref.resource));
  if (parts.name !== undefined) segments.push(segment('name', parts.name));
  if (parts.subresource !== undefined) {
    segments.push(...parts.subresource.split('/').map((part) => segment('subresource', part)));
  }
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(parts.query ?? {})) {
    if (value !== undefined) query.set(key, String(value));
  }
  const search = query.toString();
  return segments.join('/') + (search === '' ? '' : `?${search}`);
}
