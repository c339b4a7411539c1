import { equalJson } from '../../api/storage/json.js';
import { MANAGED_BY_LABEL, SERVICE_NAME_LABEL } from '../endpointslice/slice.js';
import { TRIGGER_TIME } from '../endpointslice/trigger-time.js';
import type { EndpointSliceObject, EndpointsObject } from '../objects.js';
import { controllerRef } from '../owner.js';

/** This controller, under upstream's name. */
const CONTROLLER_NAME = 'endpointslicemirroring-controller.k8s.io';
/** What kubectl remembers of an object is about that object alone. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** An empty slice of an Endpoints object, with its labels and annotations, without a name. */
export function mirroredSlice(endpoints: EndpointsObject, addressType: 'IPv4' | 'IPv6'): EndpointSliceObject {
  const { name, namespace, labels } = endpoints.metadata;
  const annotations = annotationsOf(endpoints);
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: '',
      generateName: `${name}-`,
      namespace,
      labels: { ...labels, [SERVICE_NAME_LABEL]: name, [MANAGED_BY_LABEL]: CONTROLLER_NAME },
      annotations: Object.keys(annotations).length > 0 ? annotations : undefined,
      ownerReferences: [controllerRef(endpoints)],
    },
    addressType,
    endpoints: [],
    ports: [],
  };
}

/** Whether a slice has other labels, annotations or another owner than the Endpoints object would give it now. */
export function isOutdated({ metadata }: EndpointSliceObject, endpoints: EndpointsObject): boolean {
  const { labels, ownerReferences } = mirroredSlice(endpoints, 'IPv4').metadata;
  return !(
    equalJson(metadata.labels, labels) &&
    equalJson(metadata.annotations ?? {}, annotationsOf(endpoints)) &&
    equalJson(metadata.ownerReferences, ownerReferences)
  );
}

/** Whether this controller made the slice. */
export function isMirrored({ metadata }: { readonly metadata: EndpointSliceObject['metadata'] }): boolean {
  return metadata.labels?.[MANAGED_BY_LABEL] === CONTROLLER_NAME;
}

function annotationsOf({ metadata }: EndpointsObject): Record<string, string> {
  const { [TRIGGER_TIME]: _time, [LAST_APPLIED]: _applied, ...annotations } = metadata.annotations ?? {};
  return annotations;
}
