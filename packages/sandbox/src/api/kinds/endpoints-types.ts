import type { KubeObject } from '../../objects.js';

/** The fields of an Endpoints object that the API server itself reads. */
export interface Endpoints extends KubeObject {
  subsets?: EndpointSubset[];
}

/** Addresses that have the same ports. */
export interface EndpointSubset {
  addresses?: EndpointAddress[];
  notReadyAddresses?: EndpointAddress[];
  ports?: SubsetPort[];
}

/** One address of a subset. */
export interface EndpointAddress {
  ip?: string;
  hostname?: string;
  nodeName?: string;
  targetRef?: { kind?: string; namespace?: string; name?: string; uid?: string };
}

/** A port that all addresses of a subset have. */
export interface SubsetPort {
  name?: string;
  port?: number;
  protocol?: string;
  appProtocol?: string;
}
