import { systemClock } from '../../clock.js';
import { DiscoveryError } from '../../errors.js';
import { guarded, silentLogger } from '../../logger.js';
import type { KubeObject } from '../client/client.js';
import { UNANSWERED } from '../client/exchange.js';
import { toDiscoveryError } from '../client/kube-error.js';
import { unreachable } from '../client/transport-error.js';
import { backoffMs } from './backoff.js';
import {
  advance,
  decide,
  initialState,
  listed,
  nextStep,
  type Outcome,
  SHORT_MS,
  type Step,
  type Wait,
} from './decide.js';
import { type Follower, follow, SILENT_MS } from './follow.js';
import { listAll } from './list-all.js';
import { createPause } from './pause.js';
import type { Reflector, ReflectorOptions } from './reflector.js';
import { createTeller, type Teller } from './teller.js';

/**
 * Upper end of the wait after the first trouble (ms): long enough to spread the clients of one server, short enough
 * not to be noticed.
 */
const SPREAD_MS = 500;
/** Whatever its users see, a reflector asks a server that failed no sooner again than after so long (ms). */
const LEAST_REST_MS = 5_000;

/** What a step ended with, for the handler. */
function troubleOf<T extends KubeObject, L>(
  options: ReflectorOptions<T, L>,
  step: Step,
  outcome: Outcome,
): DiscoveryError {
  const { server, identity } = options.client;
  const { ref, request } = options;
  if (outcome.kind === 'silent') {
    const cause = Object.assign(new Error(`no answer for ${SILENT_MS} ms`), { code: UNANSWERED });
    return unreachable(server, cause);
  }
  if (outcome.kind !== 'failed') {
    return new DiscoveryError('UNREACHABLE', `${server} ends every watch of ${ref.resource} at once`);
  }
  return toDiscoveryError(outcome.error, {
    verb: step.kind === 'list' ? 'list' : 'watch',
    ref,
    server,
    ...(identity ? { identity } : {}),
    ...(request?.namespace === undefined ? {} : { namespace: request.namespace }),
  });
}

function prepareOf<T extends KubeObject, L>({ prepare }: ReflectorOptions<T, L>): (object: T) => L {
  // Where it is absent, L is T.
  return prepare ?? ((object) => object as unknown as L);
}

/** Carries out steps and moves the state on by what they see. */
interface Runner {
  run(): Promise<void>;
  refresh(): void;
  stop(): void;
}

function createRunner<T extends KubeObject, L>(
  options: ReflectorOptions<T, L>,
  signal: AbortSignal,
  teller: Teller<T, L>,
): Runner {
  const { client, ref, clock = systemClock, random = Math.random, idleMs, sameElementsOf } = options;
  const prepare = prepareOf(options);
  const keepsAlive = options.keepProcessAlive ?? true;
  const request = { ...options.request, signal, ref: keepsAlive };
  const pause = createPause(clock, keepsAlive);
  const proof = createPause(clock, false);
  let state = initialState(options.watchList ?? true);
  let restingSinceMs: number | undefined;

  const follower: Follower<T, L> = {
    opened() {
      // After watches that ended at once or could not be read, being accepted proves nothing yet.
      if (state.short === 0 && state.unreadable === 0) teller.state(null);
      else void proof.wait(SHORT_MS).then((lived) => lived && teller.state(null));
    },
    synced(items, rv) {
      state = listed(state, rv);
      teller.replace(items);
      teller.state(null);
    },
    event(event) {
      state = advance(state, event.type, event.object.metadata.resourceVersion);
      teller.change(event);
      teller.state(null);
    },
    stopped: () => signal.aborted,
  };

  async function list(step: Step & { kind: 'list' }): Promise<Outcome> {
    const startedAtMs = clock.now();
    try {
      const { items, rv } = await listAll({ client, ref, options: request, prepare }, step);
      teller.replace(items);
      return { kind: 'listed', rv };
    } catch (error) {
      return { kind: 'failed', error, tookMs: clock.now() - startedAtMs, opened: false };
    }
  }

  async function perform(step: Step): Promise<Outcome> {
    if (step.kind === 'list') return list(step);
    const watching = { client, ref, options: { ...request, idleMs, sameElementsOf }, clock, random, prepare };
    const outcome = await follow(watching, step, follower);
    proof.cancel();
    return outcome;
  }

  function waitMs(wait: Wait): number {
    if (wait.kind === 'none') return 0;
    if (wait.kind === 'spread') return random() * SPREAD_MS;
    return Math.max(wait.minMs, backoffMs(wait.attempt, random, wait.capMs));
  }

  /** Waits; a back-off that the server did not ask for may be cut short by `refresh()`. */
  async function rest(wait: Wait): Promise<void> {
    restingSinceMs = wait.kind === 'backoff' && wait.minMs === 0 ? clock.now() : undefined;
    const rested = await pause.wait(waitMs(wait));
    restingSinceMs = undefined;
    if (!rested && !signal.aborted) await pause.wait(random() * SPREAD_MS);
  }

  return {
    async run() {
      await pause.wait(random() * (options.firstListJitterMs ?? 0));
      while (!signal.aborted) {
        const step = nextStep(state);
        const outcome = await perform(step);
        if (signal.aborted) return;
        const decision = decide(state, outcome);
        state = decision.state;
        if (decision.restart !== undefined) teller.restart(decision.restart);
        if (decision.trouble) teller.state(troubleOf(options, step, outcome));
        if (!signal.aborted) await rest(decision.wait);
      }
    },
    refresh() {
      if (restingSinceMs !== undefined && clock.now() - restingSinceMs >= LEAST_REST_MS) pause.cancel();
    },
    stop() {
      pause.cancel();
      proof.cancel();
    },
  };
}

/** Makes a reflector; nothing is sent before `start()`. */
export function createReflector<T extends KubeObject, L = T>(options: ReflectorOptions<T, L>): Reflector {
  const { ref } = options;
  const logger = guarded(options.logger ?? silentLogger);
  const closed = new AbortController();
  const runner = createRunner(options, closed.signal, createTeller({ ...options, logger }, closed.signal));
  let started = false;
  return {
    start() {
      if (started || closed.signal.aborted) return;
      started = true;
      runner.run().catch((error: unknown) => {
        logger.error('a reflector ended', { resource: ref.resource, error });
      });
    },
    refresh: () => runner.refresh(),
    close() {
      closed.abort();
      runner.stop();
    },
  };
}
