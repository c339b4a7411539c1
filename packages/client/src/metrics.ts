import type { ConnectionState } from '@fairlead/balancing';
import type { EndpointObserver, EndpointSet, EndpointSetState } from '@fairlead/discovery';
import type { Meter, MeterProvider, MetricAttributes, Observation } from './telemetry.js';
import { VERSION } from './version.js';

const METER_NAME = '@fairlead/client';
const STATES: readonly ConnectionState[] = ['idle', 'connecting', 'ready', 'failed'];

/** Calls started towards one zone of one target; a plain field, because it is counted for each call. */
export interface PickCell {
  picks: number;
}

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

interface TargetView {
  set: EndpointSet | null;
  state: EndpointSetState | null;
  watchers: number;
}

/** Without the target for balancers below a resolver that is not ours. */
function ofTarget(target: string, more: MetricAttributes): MetricAttributes {
  return target === '' ? more : { target, ...more };
}

function conditionOf({ ready, serving, terminating }: EndpointSet['endpoints'][number]): string {
  if (terminating) return serving ? 'serving_terminating' : 'terminating';
  return ready ? 'ready' : 'not_ready';
}

/**
 * Counts for the whole process. Everything is observed when the exporter asks, so that nothing but two plain
 * increments happens per call and gone targets and endpoints are simply not reported any more.
 */
export class Metrics {
  private readonly now: () => number;
  private readonly balancers = new Set<CountedBalancer>();
  private readonly cells = new Map<string, Map<string, PickCell>>();
  private readonly targets = new Map<string, TargetView>();
  /** Sets whose age was recorded: all channels of a target get the same object. */
  private readonly aged = new WeakSet<EndpointSet>();
  private provider: MeterProvider | null = null;
  private changeAge: ReturnType<Meter['createHistogram']> | null = null;
  private restarts: ReturnType<Meter['createCounter']> | null = null;
  private rejected: ReturnType<Meter['createCounter']> | null = null;
  private unbind: (() => void) | null = null;

  constructor(now: () => number) {
    this.now = now;
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

  watchRestarted(reason: string): void {
    this.restarts?.add(1, { reason });
  }

  /** The cell of a target and zone; kept after the last connection, because counters never go back. */
  pickCell(target: string, zone: string | undefined): PickCell {
    const zones = this.cells.get(target) ?? new Map<string, PickCell>();
    this.cells.set(target, zones);
    const name = zone ?? '';
    const cell = zones.get(name) ?? { picks: 0 };
    zones.set(name, cell);
    return cell;
  }

  /** Wraps the observer of one channel; the target is reported while at least one of them watches. */
  observe(target: string, sink: SetSink): EndpointObserver {
    const view = this.targets.get(target) ?? { set: null, state: null, watchers: 0 };
    this.targets.set(target, view);
    view.watchers += 1;
    return {
      onSet: (set) => {
        view.set = set;
        view.state = set.state;
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
    if (view === undefined) return;
    view.watchers -= 1;
    if (view.watchers === 0) this.targets.delete(target);
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
        instrument: gauge('fairlead.lb.connections', '{connection}', 'Connections to endpoints by state.'),
        report: (result: Observation) => this.reportConnections(result),
      },
      {
        instrument: meter.createObservableCounter('fairlead.lb.picks', {
          unit: '{call}',
          description: 'Call attempts sent, by zone of the endpoint.',
        }),
        report: (result: Observation) => this.reportPicks(result),
      },
    ];
    for (const { instrument, report } of instruments) instrument.addCallback(report);
    return () => {
      for (const { instrument, report } of instruments) instrument.removeCallback(report);
    };
  }

  private reportEndpoints(result: Observation): void {
    for (const [target, { set }] of this.targets) {
      const counts = new Map<string, number>();
      for (const endpoint of set?.endpoints ?? []) {
        const condition = conditionOf(endpoint);
        counts.set(condition, (counts.get(condition) ?? 0) + 1);
      }
      if (!counts.has('ready')) counts.set('ready', 0);
      for (const [condition, count] of counts) result.observe(count, { target, condition });
    }
  }

  private reportStale(result: Observation): void {
    const nowMs = this.now();
    for (const [target, { state }] of this.targets) {
      if (state === null) continue;
      const staleMs = state.kind === 'live' ? 0 : Math.max(0, nowMs - state.sinceMs);
      result.observe(staleMs / 1000, { target });
    }
  }

  private reportConnections(result: Observation): void {
    const targets = new Set([...this.balancers].map(({ targetText }) => targetText));
    for (const target of targets) {
      const own = [...this.balancers].filter(({ targetText }) => targetText === target);
      for (const state of STATES) {
        const count = own.reduce((sum, balancer) => sum + balancer.count(state), 0);
        result.observe(count, ofTarget(target, { state }));
      }
    }
  }

  private reportPicks(result: Observation): void {
    for (const [target, zones] of this.cells) {
      for (const [zone, cell] of zones) {
        result.observe(cell.picks, ofTarget(target, zone === '' ? {} : { zone }));
      }
    }
  }
}
