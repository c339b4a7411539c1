type Attributes = Readonly<Record<string, string>>;

interface InstrumentOptions {
  readonly description?: string;
  readonly unit?: string;
  readonly advice?: { readonly explicitBucketBoundaries?: number[] };
}

interface Observable {
  addCallback(callback: (result: { observe(value: number, attributes?: Attributes): void }) => void): void;
}

/** Where metrics go: any OpenTelemetry 1.x `MeterProvider` fits. A type of our own: nothing of an absent package is named. */
export interface MeterProvider {
  getMeter(name: string): {
    createHistogram(
      name: string,
      options?: InstrumentOptions,
    ): { record(value: number, attributes?: Attributes): void };
    createObservableGauge(name: string, options?: InstrumentOptions): Observable;
    createObservableCounter(name: string, options?: InstrumentOptions): Observable;
  };
}

/** Where every copy of `@opentelemetry/api` 1.x keeps what the application's SDK registered. */
const API = Symbol.for('opentelemetry.js.api.1');

/** The meter provider of the process's OpenTelemetry SDK, when it has started one. */
export function globalMeterProvider(): MeterProvider | undefined {
  const api: unknown = Reflect.get(globalThis, API);
  if (typeof api !== 'object' || api === null || !('metrics' in api)) return undefined;
  return isMeterProvider(api.metrics) ? api.metrics : undefined;
}

export function isMeterProvider(value: unknown): value is MeterProvider {
  return (
    typeof value === 'object' && value !== null && 'getMeter' in value && typeof value.getMeter === 'function'
  );
}
