import type { KubeObject } from '../../objects.js';
import type { KindInfo, TableSpec } from '../kinds.js';
import { AGE, column, NAME } from './columns.js';
import { since } from './duration.js';
import type { EndpointAddress, Endpoints, SubsetPort } from './endpoints-types.js';
import { endpointsWarnings, validateEndpoints } from './endpoints-validation.js';
import { STORED_VERBS } from './verbs.js';

/** Addresses in the column of the table. */
const SHOWN = 3;

/** Endpoints, which EndpointSlices replace since Kubernetes 1.33 (KEP-4974). */
export const ENDPOINTS_KINDS: readonly KindInfo[] = [
  {
    kind: 'Endpoints',
    resource: 'endpoints',
    singular: 'endpoints',
    shortNames: ['ep'],
    group: '',
    version: 'v1',
    namespaced: true,
    verbs: STORED_VERBS,
    subresources: [],
    setDefaults: defaultEndpoints,
    validate: validateEndpoints,
    warnings: endpointsWarnings,
    deprecation: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
    table: endpointsTable(),
  },
];

function defaultEndpoints(object: KubeObject): void {
  const endpoints: Endpoints = object;
  if (endpoints.subsets?.length === 0) delete endpoints.subsets;
  for (const port of (endpoints.subsets ?? []).flatMap(({ ports }) => ports ?? [])) port.protocol ||= 'TCP';
}

function endpointsTable(): TableSpec {
  return {
    columns: [NAME, column('Endpoints'), AGE],
    cells: (object, nowMs) => [
      object.metadata.name,
      readyAddresses(object),
      since(object.metadata.creationTimestamp, nowMs),
    ],
  };
}

/** The first ready addresses, each with each port, and how many more there are. */
function readyAddresses({ subsets = [] }: Endpoints): string {
  if (subsets.length === 0) return '<none>';
  const shown: string[] = [];
  let count = 0;
  for (const { addresses = [], ports } of subsets) {
    for (const port of ports?.length ? ports : [undefined]) {
      count += addresses.length;
      shown.push(...addresses.slice(0, SHOWN - shown.length).map((address) => hostPort(address, port)));
    }
  }
  const more = count > SHOWN ? ` + ${count - SHOWN} more...` : '';
  return `${shown.join(',')}${more}`;
}

function hostPort({ ip = '' }: EndpointAddress, port: SubsetPort | undefined): string {
  if (port === undefined) return ip;
  return `${ip.includes(':') ? `[${ip}]` : ip}:${port.port ?? 0}`;
}
