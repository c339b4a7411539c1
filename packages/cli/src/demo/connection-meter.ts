import type { Meter, MeterProvider } from '@fairlead/client';

type Callback = Parameters<ReturnType<Meter['createObservableGauge']>['addCallback']>[0];

/** How many connections the Fairlead clients of this process hold, by the metric that an application would export. */
export interface ConnectionMeter {
  /** For `register()`. */
  readonly provider: MeterProvider;
  /** Connections that are ready now. */
  ready(): number;
}

const METRIC = 'fairlead.lb.connections';

export function createConnectionMeter(): ConnectionMeter {
  const callbacks = new Set<Callback>();
  const nothing = { add: () => {}, record: () => {} };
  const unread = { addCallback: () => {}, removeCallback: () => {} };
  const read = {
    addCallback: (callback: Callback) => void callbacks.add(callback),
    removeCallback: (callback: Callback) => void callbacks.delete(callback),
  };
  const meter: Meter = {
    createCounter: () => nothing,
    createHistogram: () => nothing,
    createObservableCounter: () => unread,
    createObservableGauge: (name) => (name === METRIC ? read : unread),
  };
  return {
    provider: { getMeter: () => meter },
    ready() {
      let ready = 0;
      const observe = (value: number, attributes?: Record<string, string>): void => {
        if (attributes && Object.values(attributes).includes('ready')) ready += value;
      };
      for (const callback of callbacks) callback({ observe });
      return ready;
    },
  };
}
