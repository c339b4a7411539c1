import { ApiStatus } from '../status.js';
import { pathsOf } from './field-set.js';
import type { Managed } from './managers.js';
import { showPath } from './path-element.js';

/** 409 of a server-side apply that would change what others manage, in upstream's words. */
export function applyConflict(conflicts: readonly Managed[]): ApiStatus {
  const each = conflicts.flatMap((managed) =>
    [...pathsOf(managed.fields)].map((path) => ({ who: nameOf(managed), field: showPath(path) })),
  );
  const causes = each.map(({ who, field }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${who}`,
    field,
  }));
  return new ApiStatus(409, 'Conflict', `Apply failed with ${summary(each)}`, { causes });
}

function summary(each: readonly { who: string; field: string }[]): string {
  const [first] = each;
  if (first && each.length === 1) return `1 conflict: conflict with ${first.who}: ${first.field}`;
  const names = [...new Set(each.map(({ who }) => who))].sort();
  const lines = names.flatMap((name) => [
    `conflicts with ${name}:`,
    ...each.filter(({ who }) => who === name).map(({ field }) => `- ${field}`),
  ]);
  return `${each.length} conflicts: ${lines.join('\n')}`;
}

function nameOf({ manager, operation, apiVersion, subresource }: Managed): string {
  const where = subresource ? ` with subresource ${JSON.stringify(subresource)}` : '';
  const how = operation === 'Update' ? ` using ${apiVersion}` : '';
  return `${JSON.stringify(manager)}${where}${how}`;
}
