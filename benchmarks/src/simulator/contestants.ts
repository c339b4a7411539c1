import { type PipelineConfig, parseConfig } from '@fairlead/balancing';
import { reportIntervalMs } from '#client/load-reports/interval.js';
import { shortestQueue } from './bounds.js';
import { PipelineClient } from './client.js';

import type { ChooserFactory, ChooserHost } from './simulate.js';

/** Who is compared. */
export interface Contestant {
  readonly name: string;
  readonly choosers: ChooserFactory;
}

/** How load reports come: in trailers, on streams at the period of a client (`own`) or at this one (ms). */
interface Reports {
  readonly trailers?: boolean;
  readonly streamMs?: number | 'own';
}

/** A68 leaves the size to the user; this is the default of the config. */
const SUBSET = 20;

/** A policy that ships, by its config. */
export function pipeline(name: string, json: object, reports: Reports = {}): Contestant {
  const config = parseConfig(json);
  return {
    name,
    choosers: (host) =>
      new PipelineClient({
        config,
        events: host.events,
        random: host.random,
        trailers: reports.trailers === true,
        reportMs: streamMs(reports, config, host),
        networkMs: host.scenario.networkMs,
        ...zoneOf(host),
      }),
  };
}

function zoneOf({ scenario, client }: ChooserHost): { zone?: string } {
  const zone = scenario.zoneOf?.(client);
  return zone === undefined ? {} : { zone };
}

function streamMs(reports: Reports, { subset }: PipelineConfig, { scenario }: ChooserHost): number | null {
  if (reports.streamMs !== 'own') return reports.streamMs ?? null;
  const endpoints = Math.min(scenario.servers.length, subset?.size ?? Number.POSITIVE_INFINITY);
  return reportIntervalMs(endpoints, (scenario.rate * 1000) / scenario.clients);
}

/** The shortest queue, seen by every client without delay. */
export const BOUND: Contestant = { name: 'shortest queue', choosers: shortestQueue };

interface Kind {
  readonly name: string;
  readonly pick: object;
  readonly reports?: Reports;
}

const KINDS: readonly Kind[] = [
  { name: 'roundRobin', pick: { roundRobin: {} } },
  { name: 'leastRequest', pick: { leastRequest: {} } },
  { name: 'peakEwma', pick: { peakEwma: {} } },
  {
    name: 'weightedRoundRobin',
    // The blackout of 10 s would outlast the warm-up.
    pick: { weightedRoundRobin: { blackoutMs: 1000 } },
    reports: { trailers: true },
  },
  { name: 'loadAware, trailers', pick: { loadAware: {} }, reports: { trailers: true } },
  { name: 'loadAware', pick: { loadAware: {} }, reports: { trailers: true, streamMs: 'own' } },
];

/** Every policy that evens out load, on all servers and on a subset of them. */
export const POLICIES: readonly Contestant[] = KINDS.flatMap(({ name, pick, reports }) => [
  pipeline(name, { pick }, reports),
  pipeline(`${name}, subset ${SUBSET}`, { pick, subset: { size: SUBSET } }, reports),
]);

/** Reports ten times a second from every server to every client: more than a client should pay. */
export const FULL_REPORTS = pipeline(
  'loadAware, 100 ms',
  { pick: { loadAware: {} } },
  { trailers: true, streamMs: 100 },
);

/** The contestants of these names. */
export function named(...names: readonly string[]): Contestant[] {
  return names.map((name) => {
    const found = [BOUND, FULL_REPORTS, ...POLICIES].find((contestant) => contestant.name === name);
    if (found === undefined) throw new Error(`contestant "${name}" is unknown`);
    return found;
  });
}
