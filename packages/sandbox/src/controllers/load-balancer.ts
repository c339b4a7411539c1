import type { Service } from '../api/kinds/service-types.js';
import { equalJson } from '../api/storage/json.js';
import { createServiceIps, type ServiceIps } from '../api/storage/service-ips.js';
import type { KubeObject } from '../objects.js';
import {
  type Controller,
  type ControllerContext,
  createController,
  splitKey,
  watchSelf,
} from './controller.js';
import { recordEvent } from './events.js';

const COMPONENT = 'service-controller';

/** Whether this cluster's load balancers are asked: a class names those of somebody else. */
function isAsked({ metadata, spec }: Service): boolean {
  return spec?.type === 'LoadBalancer' && !spec.loadBalancerClass && !metadata.deletionTimestamp;
}

/** The addresses that are in use, by Service. */
class Addresses {
  readonly #pool: ServiceIps;
  readonly #held = new Map<string, string>();

  constructor(range: string) {
    this.#pool = createServiceIps(range);
  }

  /** The Service's address, the one that it asks for or any; throws when that cannot be had. */
  hold(key: string, asked: string | undefined): string {
    const held = this.#held.get(key);
    if (held !== undefined && (asked === undefined || asked === held)) return held;
    const ip = asked ?? this.#pool.allocate();
    const why = asked === undefined ? undefined : this.#pool.reserve(asked);
    if (why) throw new RangeError(`spec.loadBalancerIP ${asked}: ${why}`);
    this.release(key);
    this.#held.set(key, ip);
    return ip;
  }

  /** Whether there was one. */
  release(key: string): boolean {
    const held = this.#held.get(key);
    if (held !== undefined) this.#pool.release(held);
    return this.#held.delete(key);
  }
}

/**
 * Gives Services of type LoadBalancer an address from `range` (an IPv4 CIDR) in `status.loadBalancer`, as the service
 * controller of a cloud does; the service proxy serves it. A Service with a `loadBalancerClass` is left alone.
 */
export function createLoadBalancerController(context: ControllerContext, range: string): Controller {
  const { api } = context;
  const addresses = new Addresses(range);

  function write(service: KubeObject, loadBalancer: object): void {
    const { namespace, name } = service.metadata;
    const change = (copy: Service): boolean => {
      if (equalJson(copy.status?.loadBalancer, loadBalancer)) return false;
      copy.status = { ...copy.status, loadBalancer };
      return true;
    };
    api.modify('services', namespace, name, change, { subresource: 'status' });
  }

  function tell(service: KubeObject, type: 'Normal' | 'Warning', [reason, message]: [string, string]): void {
    recordEvent(context, COMPONENT, { about: service, type, reason, message });
  }

  function reconcile(key: string): undefined {
    const { namespace, name } = splitKey(key);
    const service = api.get('services', namespace, name) as Service | undefined;
    if (!service || !isAsked(service)) {
      if (addresses.release(key) && service) write(service, {});
      return;
    }
    const before = service.status?.loadBalancer?.ingress?.[0]?.ip;
    let ip: string;
    try {
      ip = addresses.hold(key, service.spec?.loadBalancerIP || undefined);
    } catch (error) {
      tell(service, 'Warning', ['SyncLoadBalancerFailed', (error as Error).message]);
      return;
    }
    write(service, { ingress: [{ ip, ipMode: 'VIP' }] });
    if (before !== ip) tell(service, 'Normal', ['EnsuredLoadBalancer', 'Ensured load balancer']);
  }

  return createController({
    ...context,
    name: 'load-balancer',
    watches: [watchSelf('services')],
    reconcile,
  });
}
