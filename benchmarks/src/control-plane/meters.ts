import type { MeterProvider } from '@fairlead/control-plane';

type Callback = (result: { observe(value: number): void }) => void;

/** Reads the metrics of a control plane, as an OpenTelemetry SDK would. */
export class Meters implements MeterProvider {
  readonly #callbacks = new Map<string, Callback>();
  #agesMs: number[] = [];
  #awaited: { readonly ages: number; resolve(): void } | undefined;

  getMeter(): ReturnType<MeterProvider['getMeter']> {
    const observable = (name: string): { addCallback(callback: Callback): void } => ({
      addCallback: (callback) => void this.#callbacks.set(name, callback),
    });
    return {
      createHistogram: () => ({ record: (seconds) => this.#record(seconds * 1000) }),
      createObservableGauge: observable,
      createObservableCounter: observable,
    };
  }

  /** A counter, whatever its attributes. */
  count(name: string): number {
    let sum = 0;
    const callback = this.#callbacks.get(name);
    if (callback === undefined) throw new Error(`there is no metric ${name}`);
    callback({
      observe(value) {
        sum += value;
      },
    });
    return sum;
  }

  /** Resolves when clients have taken over so many more responses with changes, counted from this call. */
  accepted(responses: number): Promise<void> {
    return new Promise((resolve) => {
      this.#awaited = { ages: this.#agesMs.length + responses, resolve };
    });
  }

  /** The ages of changes when clients took them over (ms), since this was last called. */
  takeAges(): number[] {
    const ages = this.#agesMs;
    this.#agesMs = [];
    return ages;
  }

  #record(ms: number): void {
    this.#agesMs.push(ms);
    if (this.#awaited === undefined || this.#agesMs.length < this.#awaited.ages) return;
    this.#awaited.resolve();
    this.#awaited = undefined;
  }
}
