import type { ConnectionState } from '@fairlead/balancing';
import type { EndpointObserver, EndpointSet, EndpointSetState, SourceKind } from '@fairlead/discovery';
import { VERSION } from '../version.js';
import type { Meter, MeterProvider, MetricAttributes, Observation } from './api.js';
import { PickCells } from './pick-cells.js';

const METER_NAME = '@fairlead/client';
const STATES: readonly ConnectionState[] = ['idle', 'connecting', 'ready', 'failed'];
const CONDITIONS = ['ready', 'not_ready', 'serving_terminating', 'terminating'] as const;

/** A balancer as its gauge sees it. */
export interface CountedBalancer {
  readonly targetText: string;
  count(state: ConnectionState): number;
}

/** Where an observer's news go after they were counted. */
export interface SetSink {
  onSet(set: EndpointSet): void;
  onState(state: EndpointSetState): void;
}

type Condition = (typeof CONDITIONS)[number];

interface TargetView {
  set: EndpointSet | null;
  state: EndpointSetState | null;
  watchers: number;
  /** Every source that its endpoints ever came from. */
  readonly sources: Set<SourceKind>;
}

/** Without the target for balancers below a resolver that is not ours. */
function ofTarget(target: string, more: MetricAttributes): MetricAttributes {
  return target === '' ? more : { target, ...more };
}

function conditionOf({ ready, serving, terminating }: EndpointSet['endpoints'][number]): Condition {
  if (terminating) return serving ? 'serving_terminating' : 'terminating';
  return ready ? 'ready' : 'not_ready';
}

/**
 * Counts for the whole process. Everything is observed when the exporter asks, so that nothing but two plain
 * increments happens per call.
 *
 * The OpenTelemetry SDK repeats the last value of what is not observed any more for ever (cumulative temporality). So
 * what went down to nothing is reported as 0: conditions, connections and staleness, also of targets that are gone.
 */
export class Metrics {
  private readonly now: () => number;
  private readonly balancers = new Set<CountedBalancer>();
  readonly picks: PickCells;
  private readonly targets = new Map<string, TargetView>();
  /** Targets that ever had a balancer. */
  private readonly connected = new Set<string>();
  /** Sets whose age was recorded: all channels of a target get the same object. */
  private readonly aged = new WeakSet<EndpointSet>();
  private provider: MeterProvider | null = null;
  private changeAge: ReturnType<Meter['createHistogram']> | null = null;
  private restarts: ReturnType<Meter['createCounter']> | null = null;
  private rejected: ReturnType<Meter['createCounter']> | null = null;
  private streamMoves: ReturnType<Meter['createCounter']> | null = null;
  private unbind: (() => void) | null = null;

  constructor(now: () => number, { picksByEndpoint = false }: { readonly picksByEndpoint?: boolean } = {}) {
    this.now = now;
    this.picks = new PickCells(picksByEndpoint);
  }

  /** Makes the instruments; again with another provider when the application's SDK started later than we did. */
  bind(provider: MeterProvider): void {
    if (provider === this.provider) return;
    this.unbind?.();
    this.provider = provider;
    const meter = provider.getMeter(METER_NAME, VERSION);
    this.changeAge = meter.createHistogram('fairlead.endpoints.change_age', {
      unit: 's',
      description: 'Age of an endpoint change when it was read: read time minus its trigger time.',
    });
    this.restarts = meter.createCounter('fairlead.watch.restarts', {
      unit: '{restart}',
      description: 'Watches that had to be started over.',
    });
    this.rejected = meter.createCounter('fairlead.lb.config_rejected', {
      unit: '{config}',
      description: 'Policy configs that were not accepted; the last good one stays.',
    });
    this.streamMoves = meter.createCounter('fairlead.lb.stream_moves', {
      unit: '{stream}',
      description: 'Streams whose application was asked to open them again elsewhere.',
    });
    this.unbind = this.observeAll(meter);
  }

  opened(balancer: CountedBalancer): void {
    this.balancers.add(balancer);
  }

  closed(balancer: CountedBalancer): void {
    this.balancers.delete(balancer);
  }

  configRejected(target: string): void {
    this.rejected?.add(1, ofTarget(target, {}));
  }

  streamMoved(target: string, reason: string): void {
    this.streamMoves?.add(1, ofTarget(target, { reason }));
  }

  watchRestarted(reason: string): void {
    this.restarts?.add(1, { reason });
  }

  /** Wraps the observer of one channel; the target is reported while at least one of them watches. */
  observe(target: string, sink: SetSink): EndpointObserver {
    const view = this.targets.get(target) ?? { set: null, state: null, watchers: 0, sources: new Set() };
    this.targets.set(target, view);
    view.watchers += 1;
    return {
      onSet: (set) => {
        view.set = set;
        view.state = set.state;
        if (set.source !== undefined) view.sources.add(set.source);
        this.recordAge(set);
        sink.onSet(set);
      },
      onState: (state) => {
        view.state = state;
        sink.onState(state);
      },
    };
  }

  /** Ends what `observe` began. */
  unobserve(target: string): void {
    const view = this.targets.get(target);
    if (view === undefined || view.watchers === 0) return;
    view.watchers -= 1;
    if (view.watchers > 0) return;
    view.set = null;
    view.state = null;
  }

  private recordAge(set: EndpointSet): void {
    if (set.ageMs === undefined || this.aged.has(set)) return;
    this.aged.add(set);
    this.changeAge?.record(set.ageMs / 1000, { target: set.target });
  }

  private observeAll(meter: Meter): () => void {
    const gauge = (name: string, unit: string, description: string) =>
      meter.createObservableGauge(name, { unit, description });
    const instruments = [
      {
        instrument: gauge('fairlead.endpoints', '{endpoint}', 'Endpoints of a target by condition.'),
        report: (result: Observation) => this.reportEndpoints(result),
      },
      {
        instrument: gauge(
          'fairlead.endpoint_set.stale',
          's',
          'How long the endpoints could not be refreshed.',
        ),
        report: (result: Observation) => this.reportStale(result),
      },
      {
        instrument: gauge(
          'fairlead.endpoint_set.source',
          '1',
          'Where the endpoints of a target come from: 1 for the source in use, 0 for one that was.',
        ),
        report: (result: Observation) => this.reportSource(result),
      },
      {
        instrument: gauge('fairlead.lb.connections', '{connection}', 'Connections to endpoints by state.'),
        report: (result: Observation) => this.reportConnections(result),
      },
      {
        instrument: gauge(
          'fairlead.lb.streams',
          '{stream}',
          'Streams that are open, by zone of the endpoint.',
        ),
        report: (result: Observation) => this.picks.reportStreams(result),
      },
      {
        instrument: meter.createObservableCounter('fairlead.lb.picks', {
          unit: '{call}',
          description: 'Call attempts sent, by zone of the endpoint.',
        }),
        report: (result: Observation) => this.picks.report(result),
      },
    ];
    for (const { instrument, report } of instruments) instrument.addCallback(report);
    return () => {
      for (const { instrument, report } of instruments) instrument.removeCallback(report);
    };
  }

  private reportEndpoints(result: Observation): void {
    for (const [target, { set, watchers }] of this.targets) {
      // Nothing is known any more, which is not the same as none.
      if (watchers === 0) continue;
      const counts = { ready: 0, not_ready: 0, serving_terminating: 0, terminating: 0 };
      for (const endpoint of set?.endpoints ?? []) counts[conditionOf(endpoint)] += 1;
      for (const condition of CONDITIONS) result.observe(counts[condition], { target, condition });
    }
  }

  private reportStale(result: Observation): void {
    const nowMs = this.now();
    for (const [target, { state }] of this.targets) {
      const staleMs = state === null || state.kind === 'live' ? 0 : Math.max(0, nowMs - state.sinceMs);
      result.observe(staleMs / 1000, { target });
    }
  }

  private reportSource(result: Observation): void {
    for (const [target, { set, sources }] of this.targets) {
      for (const source of sources) result.observe(source === set?.source ? 1 : 0, { target, source });
    }
  }

  private reportConnections(result: Observation): void {
    for (const { targetText } of this.balancers) this.connected.add(targetText);
    for (const target of this.connected) {
      const own = [...this.balancers].filter(({ targetText }) => targetText === target);
      for (const state of STATES) {
        const count = own.reduce((sum, balancer) => sum + balancer.count(state), 0);
        result.observe(count, ofTarget(target, { state }));
      }
    }
  }
}
