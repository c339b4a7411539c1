import type { KindInfo, TableSpec } from '../kinds.js';
import { column, wide } from './columns.js';
import type { Event } from './core-types.js';
import { validateEvent } from './core-validation.js';
import { since } from './duration.js';
import { STORED_VERBS } from './verbs.js';

/** Events. */
export const EVENT_KINDS: readonly KindInfo[] = [
  {
    kind: 'Event',
    resource: 'events',
    singular: 'event',
    shortNames: ['ev'],
    group: '',
    version: 'v1',
    namespaced: true,
    verbs: STORED_VERBS,
    subresources: [],
    validate: validateEvent,
    table: eventTable(),
  },
];

function eventTable(): TableSpec {
  return {
    columns: [
      column('Last Seen'),
      column('Type'),
      column('Reason'),
      column('Object'),
      wide('Subobject'),
      wide('Source'),
      column('Message'),
      wide('First Seen'),
      wide('Count'),
      { name: 'Name', type: 'string', format: 'name', priority: 1 },
    ],
    cells(object, nowMs) {
      const event: Event = object;
      const first = event.firstTimestamp || event.eventTime;
      const last = event.series ? event.series.lastObservedTime : event.lastTimestamp || first;
      const { kind = '', name } = event.involvedObject ?? {};
      return [
        since(last, nowMs),
        event.type ?? '',
        event.reason ?? '',
        name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase(),
        event.involvedObject?.fieldPath ?? '',
        source(event),
        (event.message ?? '').trim(),
        since(first, nowMs),
        event.series ? (event.series.count ?? 0) : event.count || 1,
        event.metadata.name,
      ];
    },
  };
}

function source(event: Event): string {
  const component = event.source?.component || event.reportingComponent || '';
  const instance = event.source?.host || event.reportingInstance;
  return instance ? `${component}, ${instance}` : component;
}
