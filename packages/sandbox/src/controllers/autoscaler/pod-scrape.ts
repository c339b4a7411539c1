import { get } from 'node:http';
import { type MetricSample, parseExposition } from '../../api/metrics/exposition.js';
import type { LabelSelector } from '../../objects.js';
import type { PodObject } from '../objects.js';
import { matchesSelector } from '../selector.js';
import type { PodMetric } from './replica-count.js';

/** Reads the text at an address of a pod; tests have their own. */
export type ReadText = (url: string) => Promise<string>;

interface Total {
  readonly atMs: number;
  readonly value: number;
}

const RATE = '_per_second';
const TIMEOUT_MS = 2000;
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Reads metrics that pods tell over HTTP, as Prometheus does: at the port of the annotation `prometheus.io/port`, and
 * the path of `prometheus.io/path` (default `/metrics`). A metric `X_per_second` that a pod does not tell itself is the
 * rate of its counter `X_total` between two looks.
 */
export class PodScrape {
  readonly #read: ReadText;
  readonly #now: () => number;
  /** Counters at the last look, by pod uid, metric and selector. */
  #totals = new Map<string, Total>();

  constructor(now: () => number, read: ReadText = readText) {
    this.#now = now;
    this.#read = read;
  }

  async podMetric(
    pods: readonly PodObject[],
    metric: { readonly name: string; readonly selector?: LabelSelector },
  ): Promise<ReadonlyMap<string, PodMetric>> {
    const found = new Map<string, PodMetric>();
    await Promise.all(
      pods.map(async (pod) => {
        const value = await this.#valueOf(pod, metric);
        if (value !== undefined) found.set(pod.metadata.name, { milli: Math.ceil(value * 1000) });
      }),
    );
    this.#forget();
    return found;
  }

  async #valueOf(
    pod: PodObject,
    { name, selector }: { readonly name: string; readonly selector?: LabelSelector },
  ): Promise<number | undefined> {
    const url = metricsUrl(pod);
    if (url === undefined) return undefined;
    let samples: readonly MetricSample[];
    try {
      samples = parseExposition(await this.#read(url));
    } catch {
      // A pod that does not answer is one without the metric.
      return undefined;
    }
    const fits = ({ labels }: MetricSample) => !selector || matchesSelector(selector, labels);
    const own = sumOf(samples.filter((sample) => sample.name === name && fits(sample)));
    if (own !== undefined || !name.endsWith(RATE)) return own;
    const counter = `${name.slice(0, -RATE.length)}_total`;
    const total = sumOf(samples.filter((sample) => sample.name === counter && fits(sample)));
    if (total === undefined) return undefined;
    // Autoscalers that look at other labels have other sums.
    return this.#rate(JSON.stringify([pod.metadata.uid, name, selector ?? null]), total);
  }

  #rate(key: string, value: number): number | undefined {
    const before = this.#totals.get(key);
    const atMs = this.#now();
    this.#totals.set(key, { atMs, value });
    // A counter that went back was started anew.
    if (!before || value < before.value || atMs <= before.atMs) return undefined;
    return ((value - before.value) * 1000) / (atMs - before.atMs);
  }

  /** Counters of pods that are gone. */
  #forget(): void {
    const oldestMs = this.#now() - 10 * 60_000;
    this.#totals = new Map([...this.#totals].filter(([, { atMs }]) => atMs >= oldestMs));
  }
}

function metricsUrl({ metadata, status }: PodObject): string | undefined {
  const annotations = metadata.annotations ?? {};
  const port = Number(annotations['prometheus.io/port']);
  const path = annotations['prometheus.io/path'] ?? '/metrics';
  const off = annotations['prometheus.io/scrape'] === 'false';
  const ip = status?.podIP;
  if (off || ip === undefined || !Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
  const host = ip.includes(':') ? `[${ip}]` : ip;
  return `http://${host}:${port}${path.startsWith('/') ? path : `/${path}`}`;
}

function sumOf(samples: readonly MetricSample[]): number | undefined {
  const values = samples.map(({ value }) => value).filter(Number.isFinite);
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
}

function readText(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, signal: AbortSignal.timeout(TIMEOUT_MS) }, (answer) => {
      const chunks: Buffer[] = [];
      let size = 0;
      answer.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_BYTES) request.destroy(new Error(`metrics of more than ${MAX_BYTES} bytes`));
        else chunks.push(chunk);
      });
      answer.on('error', reject);
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(Buffer.concat(chunks).toString('utf8'));
        else reject(new Error(`answer ${answer.statusCode ?? 0}`));
      });
    });
    request.on('error', reject);
  });
}
