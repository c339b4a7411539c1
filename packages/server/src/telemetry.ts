/** Where counts go: any OpenTelemetry 1.x `MeterProvider` fits. A type of our own: no absent package is named. */
export interface MeterProvider {
  getMeter(name: string): {
    createCounter(
      name: string,
      options?: { readonly description?: string; readonly unit?: string },
    ): { add(value: number, attributes?: Record<string, string>): void };
  };
}

/** Where every copy of `@opentelemetry/api` 1.x keeps what the application's SDK registered. */
const API = Symbol.for('opentelemetry.js.api.1');

/** The meter provider of the application's OpenTelemetry SDK, when it has started one. */
export function globalMeterProvider(): MeterProvider | undefined {
  const api: unknown = Reflect.get(globalThis, API);
  if (typeof api !== 'object' || api === null || !('metrics' in api)) return undefined;
  const { metrics } = api;
  return isMeterProvider(metrics) ? metrics : undefined;
}

export function isMeterProvider(value: unknown): value is MeterProvider {
  return (
    typeof value === 'object' && value !== null && 'getMeter' in value && typeof value.getMeter === 'function'
  );
}
