/** The four kinds of xDS resources that a gRPC client needs, by what they describe. */
export type ResourceType = 'listener' | 'route' | 'cluster' | 'endpoints';

/** The type URLs of xDS v3 (LDS, RDS, CDS, EDS). */
export const TYPE_URLS: Readonly<Record<ResourceType, string>> = {
  listener: 'type.googleapis.com/envoy.config.listener.v3.Listener',
  route: 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
  cluster: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
  endpoints: 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
};

/** The order in which changes are sent: what is referred to comes before what refers to it ("make before break"). */
export const PUSH_ORDER: readonly ResourceType[] = ['cluster', 'endpoints', 'listener', 'route'];

const byUrl: ReadonlyMap<string, ResourceType> = new Map(PUSH_ORDER.map((type) => [TYPE_URLS[type], type]));

/** The type that a request asks for; undefined for one that is not served. */
export function resourceTypeOf(typeUrl: string): ResourceType | undefined {
  return byUrl.get(typeUrl);
}

/**
 * Whether a state-of-the-world response must hold every resource that the client subscribed to, because it takes one
 * that is missing for deleted: "all resource types except for Listener and Cluster" may be answered in parts.
 */
export function isFullState(type: ResourceType): boolean {
  return type === 'listener' || type === 'cluster';
}
