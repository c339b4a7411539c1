import { describeUnavailable, isRefusal } from './absence.js';
import { type Clock, type Random, systemClock } from './clock.js';
import type { DnsOptions } from './dns/config-reader.js';
import type { EndpointSet, EndpointSetState } from './endpoint-set.js';
import { DiscoveryError } from './errors.js';
import { withDnsFallback } from './fallback/with-dns-fallback.js';
import type { WatchScope } from './kubernetes/scopes/watch-scope.js';
import { sharedKubernetesSource } from './kubernetes/shared-source.js';
import type { Logger } from './logger.js';
import {
  type ClusterSource,
  createLocalSources,
  type LocalSources,
  type OpenedTarget,
  openTarget,
} from './open-target.js';
import type { EndpointObserver, Watch } from './source.js';

/** Where the cluster is and what a short target means there. What is undefined takes its default. */
export interface DiscoveryOptions {
  /** Path of a kubeconfig. Default: `KUBECONFIG`, the pod's service account, `~/.kube/config`. */
  readonly kubeconfig?: string | undefined;
  /** Context of the kubeconfig. Default: its `current-context`. */
  readonly context?: string | undefined;
  /** Namespace of a target that names none. Default: the context's, the pod's own, `default`. */
  readonly namespace?: string | undefined;
  /** DNS domain of the cluster, as accepted in targets. Default `cluster.local`. */
  readonly clusterDomain?: string | undefined;
  /** How much one watch covers: the Service, its namespace, or the cluster. Default `auto`: see docs/options.md. */
  readonly watchScope?: WatchScope | undefined;
  /** Where and how often names are looked up, for `headless:///` and the fallback. */
  readonly dns?: DnsOptions | undefined;
  /** `dns`: ask DNS where the API server cannot be asked. Default: do not. */
  readonly fallback?: 'dns' | undefined;
  /** How long an endpoint that vanishes without a word stays (ms, default 50). */
  readonly settleMs?: number | undefined;
  /** How long the watch goes on after its last user left (ms, default 30000). */
  readonly lingerMs?: number | undefined;
  /** Default: silent. */
  readonly logger?: Logger | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock | undefined;
  /** Default `Math.random`. */
  readonly random?: Random | undefined;
}

export interface WatchEndpointsOptions extends DiscoveryOptions, EndpointObserver {
  /** Ends the watch when aborted. */
  readonly signal?: AbortSignal | undefined;
  /** With false the watch does not keep the process alive. Default true. */
  readonly ref?: boolean | undefined;
}

function clusterOf(options: DiscoveryOptions, local: LocalSources): ClusterSource {
  const { kubeconfig, context, watchScope, settleMs, lingerMs, logger, clock, random } = options;
  const { clusterDomain = 'cluster.local', fallback } = options;
  const wanted = { kubeconfig, context, watchScope, settleMs, lingerMs, logger, clock, random };
  const open = (): ClusterSource => {
    const { access, source } = sharedKubernetesSource(wanted);
    return { namespace: access.namespace, server: access.server, source };
  };
  if (fallback === undefined) return open();
  if (fallback !== 'dns') {
    const message = `fallback ${JSON.stringify(fallback)}: accepted is dns`;
    throw new DiscoveryError('OPTION_INVALID', message);
  }
  return withDnsFallback(open, { dns: local.dns, clusterDomain, clock, logger });
}

function open(text: string, options: DiscoveryOptions): OpenedTarget {
  const { namespace, clusterDomain, dns, clock, random, logger } = options;
  const local = createLocalSources({ ...dns, namespace, clusterDomain, clock, random, logger });
  return openTarget(text, { namespace, clusterDomain, local, cluster: () => clusterOf(options, local) });
}

/**
 * Watches the endpoints of one target: `onSet` gets every new set with what changed, `onState` says when the source
 * lost or found the API server. Calls for the same cluster and Service share one watch. Throws `TARGET_INVALID` or
 * `ACCESS_INVALID`; later trouble is told through `onState`.
 */
export function watchEndpoints(target: string, options: WatchEndpointsOptions): Watch {
  const { onSet, onState, signal, ref = true, ...where } = options;
  if (signal?.aborted) return { close: () => {} };
  const opened = open(target, where);
  const watch = opened.watch({ onSet, onState }, { ref });
  const close = (): void => {
    signal?.removeEventListener('abort', close);
    watch.close();
  };
  signal?.addEventListener('abort', close, { once: true });
  return { close, refresh: () => watch.refresh?.() };
}

export interface ResolveEndpointsOptions extends DiscoveryOptions {
  /** How long to wait for the first set (ms, default 5000). */
  readonly timeoutMs?: number | undefined;
  /** Gives up when aborted. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Looks once: resolves with the first set, which may be empty and then says why. Rejects with a `DiscoveryError`: at once when
 * the credentials are refused or cannot be had, and when no answer comes in time with the last trouble's code or
 * `UNREACHABLE`.
 */
export async function resolveEndpoints(
  target: string,
  options: ResolveEndpointsOptions = {},
): Promise<EndpointSet> {
  const { timeoutMs = 5000, signal, ...where } = options;
  const clock = where.clock ?? systemClock;
  signal?.throwIfAborted();
  const opened = open(target, where);
  let state: EndpointSetState | undefined;
  let finish = (): void => {};
  try {
    return await new Promise<EndpointSet>((resolve, reject) => {
      const fail = (): void => {
        const cause = state === undefined || state.kind === 'live' ? undefined : state.cause;
        const context = {
          target: opened,
          asked: opened.asked,
          waitedMs: timeoutMs,
          nowMs: clock.now(),
        };
        const message = `${opened.text}: ${describeUnavailable(null, state, context)}`;
        reject(new DiscoveryError(cause?.code ?? 'UNREACHABLE', message, { cause }));
      };
      const onState = (news: EndpointSetState): void => {
        state = news;
        if (news.kind !== 'live' && isRefusal(news.cause)) fail();
      };
      const onAbort = (): void => reject(signal?.reason);
      signal?.addEventListener('abort', onAbort, { once: true });
      const watch = opened.watch({ onSet: resolve, onState });
      const timer = clock.setTimeout(fail, timeoutMs);
      finish = () => {
        timer.cancel();
        watch.close();
        signal?.removeEventListener('abort', onAbort);
      };
    });
  } finally {
    finish();
  }
}
