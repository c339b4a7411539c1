import { Session } from 'node:inspector';

interface Block {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

interface Taken {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly { readonly ranges: readonly Block[] }[];
  }[];
}

/** Code of the project and of the libraries that it reads with; neither Node's own nor the fuzzer's. */
const COUNTED = /^file:.*(?:\/packages\/[^/]+\/dist\/|\/node_modules\/)/;
const NOT_COUNTED = /\/node_modules\/(?:fast-check|pure-rand)\//;

/** What code has run, by V8's own counters: finds inputs that reach what no input reached before. */
export class Coverage {
  readonly #session = new Session();
  readonly #seen = new Set<string>();

  start(): void {
    this.#session.connect();
    this.#post('Profiler.enable');
    this.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  stop(): void {
    this.#session.disconnect();
  }

  /** How many different blocks were seen to run. */
  get size(): number {
    return this.#seen.size;
  }

  /** How many blocks ran since the last call and never before. With `keep` they are known from now on. */
  fresh(keep: boolean): number {
    let fresh = 0;
    const { result } = this.#post('Profiler.takePreciseCoverage') as Taken;
    for (const { url, functions } of result) {
      if (!COUNTED.test(url) || NOT_COUNTED.test(url)) continue;
      for (const { ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          const block = `${url}:${startOffset}-${endOffset}`;
          if (count === 0 || this.#seen.has(block)) continue;
          fresh++;
          if (keep) this.#seen.add(block);
        }
      }
    }
    return fresh;
  }

  #post(method: string, parameters: object = {}): unknown {
    let answer: unknown;
    this.#session.post(method, parameters, (error: Error | null, result?: object) => {
      if (error) throw error;
      answer = result;
    });
    return answer;
  }
}
