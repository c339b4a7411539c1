import type { EndpointDiff, EndpointSet, EndpointSetState } from '../../src/endpoint-set.js';
import {
  createKubernetesSource,
  type KubernetesSourceOptions,
  type KubernetesWatchOptions,
} from '../../src/kubernetes/source.js';
import type { Logger } from '../../src/logger.js';
import type { EndpointObserver, EndpointSource } from '../../src/source.js';
import { parseTarget } from '../../src/target.js';
import { FakeCluster } from './fake-cluster.js';
import { VirtualClock } from './virtual-clock.js';

const open: EndpointSource[] = [];

/** Closes what `followSource()` opened; for `afterEach`. */
export function closeSources(): void {
  for (const source of open.splice(0)) source.close();
}

/** An observer that keeps all it was told. */
export class Recorder {
  readonly sets: EndpointSet[] = [];
  readonly diffs: EndpointDiff[] = [];
  readonly states: EndpointSetState[] = [];
  readonly onSet = (set: EndpointSet, diff: EndpointDiff): void => {
    this.sets.push(set);
    this.diffs.push(diff);
  };
  readonly onState = (state: EndpointSetState): void => void this.states.push(state);

  get last(): EndpointSet {
    return this.sets.at(-1) as EndpointSet;
  }

  get keys(): string[] {
    return this.last.endpoints.map((endpoint) => endpoint.key);
  }
}

/** A source over a fake cluster in virtual time, and a way to watch it. */
export function followSource(options: Partial<KubernetesSourceOptions> = {}) {
  const cluster = new FakeCluster();
  const clock = new VirtualClock();
  const logged: { level: string; msg: string; fields: unknown }[] = [];
  const log = (level: string) => (msg: string, fields?: unknown) => void logged.push({ level, msg, fields });
  const logger: Logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
  const { client, createReflector } = cluster;
  const source = createKubernetesSource({
    client,
    createReflector,
    clock,
    logger,
    random: () => 0.5,
    ...options,
  });
  open.push(source);
  const watch = (
    text: string,
    observer: EndpointObserver = new Recorder(),
    { ref = false, ...timing }: KubernetesWatchOptions = {},
  ) => {
    const running = source.watch(parseTarget(text), observer, { ref, ...timing });
    const recorder = observer instanceof Recorder ? observer : new Recorder();
    return Object.assign(recorder, { close: () => running.close() });
  };
  return { cluster, clock, source, watch, logged };
}

/** Ready endpoints 10.0.0.N of pods uN. */
export const hosts = (...numbers: number[]) => numbers.map((n) => ({ host: `10.0.0.${n}`, uid: `u${n}` }));
