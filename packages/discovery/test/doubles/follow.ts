import type { DiscoveryError } from '../../src/errors.js';
import type { ClusterAccess } from '../../src/kubernetes/access/access.js';
import type { KubeClient, KubeObject } from '../../src/kubernetes/client/client.js';
import { createKubeClient } from '../../src/kubernetes/client/create-client.js';
import { createReflector } from '../../src/kubernetes/reflector/create-reflector.js';
import type { Reflector, ReflectorOptions, RestartReason } from '../../src/kubernetes/reflector/reflector.js';
import { createFastClock } from './fast-clock.js';
import { accessTo, type KubeServer, type Seen } from './kube-server.js';

export const slices = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };

/** Waits of reflectors under test are so many times shorter. */
const SPEED = 50;

/** A reflector on a server, with the objects that its handler holds. */
export interface Following {
  readonly client: KubeClient;
  readonly reflector: Reflector;
  /** Name → resourceVersion of what is there. */
  readonly held: Map<string, string>;
  readonly states: (DiscoveryError | null)[];
  readonly restarts: RestartReason[];
  /** How often everything was replaced. */
  readonly replaced: number;
  close(): void;
}

export interface FollowOptions extends Partial<ReflectorOptions<KubeObject>> {
  readonly access?: Partial<ClusterAccess>;
}

const nameOf = ({ metadata }: KubeObject): string => metadata.name ?? '';
const versionOf = ({ metadata }: KubeObject): string => metadata.resourceVersion ?? '';

/** Starts a reflector (without watch-list unless asked) whose waits are `SPEED` times shorter. */
export function follow(server: KubeServer, options: FollowOptions = {}): Following {
  const { access, ...more } = options;
  const client = createKubeClient(accessTo(server, access));
  const held = new Map<string, string>();
  const states: (DiscoveryError | null)[] = [];
  const restarts: RestartReason[] = [];
  const counts = { replaced: 0 };
  const reflector = createReflector<KubeObject>({
    client,
    ref: slices,
    request: { namespace: 'ns' },
    clock: createFastClock(SPEED),
    random: () => 0.5,
    watchList: false,
    handler: {
      replace(items) {
        counts.replaced += 1;
        held.clear();
        for (const item of items) held.set(nameOf(item), versionOf(item));
      },
      upsert: (item) => void held.set(nameOf(item), versionOf(item)),
      remove: (item) => void held.delete(nameOf(item)),
      onState: (state) => void states.push(state),
      onRestart: (reason) => void restarts.push(reason),
    },
    ...more,
  });
  reflector.start();
  return {
    client,
    reflector,
    held,
    states,
    restarts,
    get replaced() {
      return counts.replaced;
    },
    close() {
      reflector.close();
      client.close();
    },
  };
}

/** Requests in a few words: `list 0`, `watch 7`, `watchList`, `list +page`. */
export function trail(seen: readonly Seen[]): string[] {
  return seen.map(({ query }) => {
    const verb = query.watch === undefined ? 'list' : 'watch';
    const kind = query.sendInitialEvents === 'true' ? 'watchList' : verb;
    const from = query.continue === undefined ? query.resourceVersion : `+${query.continue}`;
    return from === undefined ? kind : `${kind} ${from}`;
  });
}
