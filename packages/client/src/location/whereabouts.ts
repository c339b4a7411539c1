import type { Clock, Endpoint } from '@fairlead/discovery';
import {
  type KubeClient,
  KubeError,
  type KubeObject,
  type ResourceRef,
} from '@fairlead/discovery/kubernetes';
import { messageOf } from '../errors.js';
import type { TroubleLog } from '../log.js';
import type { Location, ProcessLocation } from './location.js';
import { ZONE_LABEL } from './pod-labels.js';

const NODES: ResourceRef = { group: '', version: 'v1', resource: 'nodes' };
/** When the API server is asked again after it did not answer (ms). */
const RETRY_MS = 30_000;

export interface WhereaboutsOptions {
  /** What is known from the beginning. */
  readonly known: ProcessLocation;
  readonly log: TroubleLog;
  readonly clock: Clock;
}

/** API servers and what stands before them may answer anything. */
function zoneOf({ metadata }: Partial<KubeObject>): string | undefined {
  const zone: unknown = metadata?.labels?.[ZONE_LABEL];
  return typeof zone === 'string' && zone !== '' ? zone : undefined;
}

/**
 * Where this process runs. Where only the node is known, its zone is looked for in what is watched anyway, then asked
 * for, while calls run: nobody waits for it.
 */
export class Whereabouts {
  /** Called when the zone was found, which is at most once; what one throws is logged. */
  readonly followers = new Set<() => void>();
  readonly #options: WhereaboutsOptions;
  #location: Location;
  /** The API server was asked and need not be asked again. */
  #asked = false;

  constructor(options: WhereaboutsOptions) {
    const { zone, node } = options.known;
    this.#options = options;
    this.#location = { ...(zone === undefined ? {} : { zone }), ...(node === undefined ? {} : { node }) };
  }

  get location(): Location {
    return this.#location;
  }

  /** Looks for an endpoint on this node, whose zone is that of the node. */
  look(endpoints: readonly Endpoint[]): void {
    const node = this.#nodeToPlace();
    if (node === undefined) return;
    const neighbour = endpoints.find((each) => each.node === node && each.zone !== undefined);
    this.#found(neighbour?.zone, `endpoints on node ${node}`);
  }

  /**
   * Asks for the node, if nothing else said its zone. Few accounts may read nodes: a refusal is no trouble, and nobody
   * asks again after it.
   */
  ask(client: Pick<KubeClient, 'get'>): void {
    const node = this.#nodeToPlace();
    if (node === undefined || this.#asked) return;
    this.#asked = true;
    client.get<KubeObject>(NODES, node, { ref: false }).then(
      (found) => this.#found(zoneOf(found), `node ${node}`),
      (error: unknown) => {
        const { log, clock } = this.#options;
        log.debug('the zone of the node could not be read', { node, error: messageOf(error) });
        if (error instanceof KubeError && error.status < 500) return;
        const again = (): void => {
          this.#asked = false;
          this.ask(client);
        };
        clock.setTimeout(again, RETRY_MS).unref();
      },
    );
  }

  /** The node whose zone is wanted; undefined: there is none, or the zone is known. */
  #nodeToPlace(): string | undefined {
    return this.#location.zone === undefined ? this.#location.node : undefined;
  }

  #found(zone: string | undefined, from: string): void {
    if (zone === undefined || this.#location.zone !== undefined) return;
    this.#location = { ...this.#location, zone };
    this.#options.log.info('found the zone of this process', { zone, from });
    for (const follow of this.followers) {
      try {
        follow();
      } catch (error) {
        const msg = 'a channel could not move to the zone of this process and goes on as before';
        this.#options.log.trouble(`zone ${messageOf(error)}`, msg, { zone, error: messageOf(error) });
      }
    }
  }
}
