import type { KubeObject } from '../../objects.js';

/** The fields of an EndpointSlice that the API server itself reads. */
export interface EndpointSlice extends KubeObject {
  addressType?: string;
  endpoints?: SliceEndpoint[] | null;
  ports?: SlicePort[] | null;
}

/** One endpoint of a slice. */
export interface SliceEndpoint {
  addresses?: string[];
  hostname?: string;
  nodeName?: string;
  hints?: { forZones?: { name?: string }[]; forNodes?: { name?: string }[] };
}

/** A port that all endpoints of a slice have. */
export interface SlicePort {
  name?: string;
  protocol?: string;
  port?: number;
  appProtocol?: string;
}
