import type { KubeObject } from '../../objects.js';
import type { KindInfo, TableSpec } from '../kinds.js';
import { AGE, column, firstThree, NAME } from './columns.js';
import { since } from './duration.js';
import type { EndpointSlice } from './endpoint-slice-types.js';
import { validateEndpointSlice } from './endpoint-slice-validation.js';
import { STORED_VERBS } from './verbs.js';

/** EndpointSlices. */
export const ENDPOINT_SLICE_KINDS: readonly KindInfo[] = [
  {
    kind: 'EndpointSlice',
    resource: 'endpointslices',
    singular: 'endpointslice',
    shortNames: [],
    group: 'discovery.k8s.io',
    version: 'v1',
    namespaced: true,
    verbs: STORED_VERBS,
    subresources: [],
    setDefaults: defaultEndpointSlice,
    validate: validateEndpointSlice,
    table: endpointSliceTable(),
  },
];

function defaultEndpointSlice(object: KubeObject): void {
  const slice: EndpointSlice = object;
  // Neither list has `omitempty` upstream: without a value they are on the wire as null, and clients must cope.
  slice.endpoints ??= null;
  slice.ports ??= null;
  for (const port of slice.ports ?? []) {
    port.name ??= '';
    port.protocol ??= 'TCP';
  }
}

function endpointSliceTable(): TableSpec {
  return {
    columns: [NAME, column('AddressType'), column('Ports'), column('Endpoints'), AGE],
    cells(object, nowMs) {
      const slice: EndpointSlice = object;
      return [
        slice.metadata.name,
        slice.addressType ?? '',
        firstThree((slice.ports ?? []).map(({ port, name }) => String(port ?? name ?? '*'))),
        firstThree((slice.endpoints ?? []).flatMap(({ addresses }) => addresses ?? [])),
        since(slice.metadata.creationTimestamp, nowMs),
      ];
    },
  };
}
