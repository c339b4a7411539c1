import { AsyncResource } from 'node:async_hooks';
import { requireFrom } from '../require-from.js';

/** The parts of `@opentelemetry/api` 1.x that are used, when the application has it. */
export interface TelemetryApi {
  readonly metrics: { getMeterProvider(): MeterProvider };
  readonly trace: { getActiveSpan(): Span | undefined };
  readonly context: { with<T>(context: unknown, fn: () => T): T };
  readonly ROOT_CONTEXT: { setValue(key: symbol, value: unknown): unknown };
}

/** A span as far as the interceptor writes to it. */
export interface Span {
  setAttribute(key: string, value: string | number): unknown;
}

export type MetricAttributes = Record<string, string>;

export interface Observation {
  observe(value: number, attributes?: MetricAttributes): void;
}

export interface ObservableInstrument {
  addCallback(callback: (result: Observation) => void): void;
  removeCallback(callback: (result: Observation) => void): void;
}

interface InstrumentOptions {
  readonly description?: string;
  readonly unit?: string;
}

/** A meter as OpenTelemetry 1.x defines it; a type of our own, so that nothing of an absent package is named. */
export interface Meter {
  createCounter(
    name: string,
    options?: InstrumentOptions,
  ): { add(value: number, attributes?: MetricAttributes): void };
  createHistogram(
    name: string,
    options?: InstrumentOptions,
  ): { record(value: number, attributes?: MetricAttributes): void };
  createObservableGauge(name: string, options?: InstrumentOptions): ObservableInstrument;
  createObservableCounter(name: string, options?: InstrumentOptions): ObservableInstrument;
}

/** Where metrics go: any OpenTelemetry 1.x `MeterProvider` fits. */
export interface MeterProvider {
  getMeter(name: string, version?: string): Meter;
}

/** `@opentelemetry/core` keeps "do not trace this" under this key. */
const SUPPRESS_TRACING = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

function isTelemetryApi(value: unknown): value is TelemetryApi {
  return (
    typeof value === 'object' &&
    value !== null &&
    'metrics' in value &&
    'trace' in value &&
    'context' in value
  );
}

/**
 * Loads the application's `@opentelemetry/api`, if it has one. Looked for from the main script and from the working
 * directory: an optional peer is a dependency of the application.
 */
export function loadTelemetryApi(): TelemetryApi | null {
  const { argv } = process;
  for (const from of [argv[1], `${process.cwd()}/`]) {
    if (from === undefined || from === '') continue;
    try {
      const api: unknown = requireFrom(from)('@opentelemetry/api');
      if (isTelemetryApi(api)) return api;
    } catch {
      // Not installed there: telemetry is optional.
    }
  }
  return null;
}

/**
 * Makes a runner for what must not belong to a request: work that starts inside a call would keep that call's
 * async context for ever, and every later reconnect would be a child span of it.
 */
export function createOutside(api: TelemetryApi | null): <T>(fn: () => T) => T {
  const resource = new AsyncResource('fairlead.watch', { requireManualDestroy: true });
  const quiet = api?.ROOT_CONTEXT.setValue(SUPPRESS_TRACING, true);
  return (fn) => resource.runInAsyncScope(() => (api === null ? fn() : api.context.with(quiet, fn)));
}
