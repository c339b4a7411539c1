import type { Meter, MeterProvider } from '@fairlead/client';

type Attributes = Readonly<Record<string, string>>;
type Report = Parameters<ReturnType<Meter['createObservableGauge']>['addCallback']>[0];

/** A meter provider that is asked for a value when somebody wants to know one. */
export interface Gauges {
  readonly provider: MeterProvider;
  /** What an observable instrument reports now: the sum of each value of one attribute. */
  read(instrument: string, attribute: string): Record<string, number>;
  /** What a counter counted, by one attribute. */
  counted(instrument: string, attribute: string): Record<string, number>;
}

/** Makes gauges without an SDK: nothing is exported, nothing is kept but counts. */
export function createGauges(): Gauges {
  const observable = new Map<string, Set<Report>>();
  const counters = new Map<string, Map<Attributes, number>>();
  const instrument = (name: string) => {
    const reports = observable.get(name) ?? new Set<Report>();
    observable.set(name, reports);
    return {
      addCallback: (report: Report) => void reports.add(report),
      removeCallback: (report: Report) => void reports.delete(report),
    };
  };
  const meter: Meter = {
    createObservableGauge: instrument,
    createObservableCounter: instrument,
    createHistogram: () => ({ record: () => {} }),
    createCounter: (name) => ({
      add(value, attributes = {}) {
        const counts = counters.get(name) ?? new Map<Attributes, number>();
        counters.set(name, counts);
        const known = [...counts.keys()].find((each) => JSON.stringify(each) === JSON.stringify(attributes));
        counts.set(known ?? attributes, (counts.get(known ?? attributes) ?? 0) + value);
      },
    }),
  };
  const sum = (entries: Iterable<[Attributes, number]>, attribute: string): Record<string, number> => {
    const sums: Record<string, number> = {};
    for (const [attributes, value] of entries) {
      const name = attributes[attribute] ?? '';
      sums[name] = (sums[name] ?? 0) + value;
    }
    return sums;
  };
  return {
    provider: { getMeter: () => meter },
    read(name, attribute) {
      const seen: [Attributes, number][] = [];
      for (const report of observable.get(name) ?? [])
        report({ observe: (value, attributes = {}) => void seen.push([attributes, value]) });
      return sum(seen, attribute);
    },
    counted: (name, attribute) => sum(counters.get(name) ?? [], attribute),
  };
}
