import type { KubeObject } from '../../objects.js';
import type { Service, ServiceSpec } from '../kinds/service-types.js';
import type { KindInfo } from '../kinds.js';
import { invalid } from '../refusals.js';
import { assignClusterIp, keepClusterIp, releaseClusterIp, updateClusterIp } from './cluster-ips.js';
import {
  allocateNodePorts,
  createNodePorts,
  dropTypeDependentFields,
  keepNodePorts,
  nodePortsOf,
} from './node-ports.js';
import { createServiceIps } from './service-ips.js';

/** A write of a Service. */
interface ServiceWrite {
  readonly kind: KindInfo;
  readonly service: KubeObject;
  readonly dryRun: boolean;
}

/** What the API server gives to Services and takes back: cluster IPs and node ports. */
export interface ServiceAllocations {
  /**
   * Fills in what a new Service lacks, then checks it; throws 422 when it names what it cannot have. In this order, as
   * upstream: the refusal of an address is told alone. Whatever fails, nothing stays taken.
   */
  create(write: ServiceWrite, check: () => void): void;
  /** Fills in what an update leaves out. Before defaults and validation. */
  keep(service: KubeObject, old: KubeObject): void;
  /** As `assign`, for a Service that holds something already; gives back what it no longer needs. */
  update(write: ServiceWrite, old: KubeObject): void;
  /** Takes all back from a Service that is gone. */
  release(service: KubeObject): void;
}

const specOf = (service: KubeObject): ServiceSpec => (service as Service).spec ?? {};

/** Allocates from `serviceCidr` and from the node ports of upstream's default range. */
export function createServiceAllocations(serviceCidr: string): ServiceAllocations {
  const ips = createServiceIps(serviceCidr);
  const ports = createNodePorts();

  /** Returns what gives the ports back. */
  function takePorts({ kind, service }: ServiceWrite, old?: KubeObject): () => void {
    const { errors, undo } = allocateNodePorts(specOf(service), ports, nodePortsOf(old && specOf(old)));
    if (errors.length > 0) throw invalid(kind, service.metadata.name, errors);
    return undo;
  }

  return {
    create(write, check) {
      const { kind, service, dryRun } = write;
      const ip = assignClusterIp(kind, service, { ips, dryRun });
      let undoPorts = (): void => {};
      try {
        undoPorts = takePorts(write);
        check();
      } catch (error) {
        undoPorts();
        if (ip !== undefined) ips.release(ip);
        throw error;
      }
      if (dryRun) undoPorts();
    },
    keep(service, old) {
      keepClusterIp(service, old);
      const spec = specOf(service);
      keepNodePorts(spec, specOf(old));
      dropTypeDependentFields(spec, specOf(old));
    },
    update(write, old) {
      const { kind, service, dryRun } = write;
      const undoPorts = takePorts(write, old);
      updateClusterIp(kind, service, { old, ips, dryRun });
      if (dryRun) {
        undoPorts();
        return;
      }
      const held = nodePortsOf(specOf(service));
      for (const port of nodePortsOf(specOf(old))) if (!held.has(port)) ports.release(port);
    },
    release(service) {
      releaseClusterIp(service, ips);
      for (const port of nodePortsOf(specOf(service))) ports.release(port);
    },
  };
}
