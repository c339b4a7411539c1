import type { AdsClient } from '../ads/service.js';
import { AGE_BOUNDS_S, type Tally } from '../ads/tally.js';
import { PUSH_ORDER, type ResourceType } from '../resource-type.js';
import type { MeterProvider } from './telemetry.js';

/** What there is to measure of a control plane. */
export interface Measured {
  readonly ready: boolean;
  readonly targets: number;
  readonly tally: Tally;
  clients(): readonly Pick<AdsClient, 'node' | 'refusals'>[];
  resources(type: ResourceType): number;
}

type Sample = readonly [value: number, attribute?: string];

/** A number, or one for each value of an attribute, that is read when somebody asks. */
interface Instrument {
  readonly name: string;
  readonly kind: 'gauge' | 'counter';
  readonly unit: string;
  readonly description: string;
  readonly attribute?: string;
  read(measured: Measured): readonly Sample[];
}

const LANGUAGES: readonly [start: string, language: string][] = [
  ['gRPC Go', 'go'],
  ['gRPC Java', 'java'],
  ['gRPC Node', 'node'],
  ['gRPC Rust', 'rust'],
  ['gRPC C-core', 'c-core'],
  ['envoy', 'envoy'],
];

/** What a client is written in; one of few words, whatever it says of itself. */
export function languageOf(agent: string | undefined): string {
  return LANGUAGES.find(([start]) => agent?.startsWith(start))?.[1] ?? 'other';
}

function byLanguage({ clients }: Measured): Sample[] {
  const counts = new Map(LANGUAGES.map(([, language]) => [language, 0]));
  for (const { node } of clients()) {
    const language = languageOf(node?.agent);
    counts.set(language, (counts.get(language) ?? 0) + 1);
  }
  return [...counts].map(([language, count]) => [count, language]);
}

const entries = (counts: Readonly<Record<string, number>>): Sample[] =>
  Object.entries(counts).map(([key, count]) => [count, key]);

/** All but the ages, which are a histogram. */
const INSTRUMENTS: readonly Instrument[] = [
  {
    name: 'fairlead.xds.ready',
    kind: 'gauge',
    unit: '1',
    description: '1 when the cluster was read and nothing is being shut down.',
    read: ({ ready }) => [[ready ? 1 : 0]],
  },
  {
    name: 'fairlead.xds.streams',
    kind: 'gauge',
    unit: '{stream}',
    description: 'Open streams, by what the client is written in.',
    attribute: 'language',
    read: byLanguage,
  },
  {
    name: 'fairlead.xds.refusing',
    kind: 'gauge',
    unit: '{stream}',
    description: 'Open streams whose client refuses something and goes on with what it had.',
    read: ({ clients }) => [[clients().filter(({ refusals }) => refusals.length > 0).length]],
  },
  {
    name: 'fairlead.xds.targets',
    kind: 'gauge',
    unit: '{target}',
    description: 'Services that are watched because clients ask for them.',
    read: ({ targets }) => [[targets]],
  },
  {
    name: 'fairlead.xds.resources',
    kind: 'gauge',
    unit: '{resource}',
    description: 'Resources that are served, by type.',
    attribute: 'type',
    read: (measured) => PUSH_ORDER.map((type) => [measured.resources(type), type]),
  },
  {
    name: 'fairlead.xds.responses',
    kind: 'counter',
    unit: '{response}',
    description: 'Responses that were sent, by type.',
    attribute: 'type',
    read: ({ tally }) => entries(tally.responses),
  },
  {
    name: 'fairlead.xds.sent',
    kind: 'counter',
    unit: 'By',
    description: 'Bytes of responses, by type.',
    attribute: 'type',
    read: ({ tally }) => entries(tally.bytes),
  },
  {
    name: 'fairlead.xds.nacks',
    kind: 'counter',
    unit: '{nack}',
    description: 'Responses that a client refused, by type.',
    attribute: 'type',
    read: ({ tally }) => entries(tally.nacks),
  },
  {
    name: 'fairlead.xds.refused',
    kind: 'counter',
    unit: '{stream}',
    description: 'Streams that were not served, or not any longer, by reason.',
    attribute: 'reason',
    read: ({ tally }) => entries(tally.refused),
  },
];

const AGE = {
  name: 'fairlead.xds.ack_age',
  unit: 's',
  description: 'From when a change was read from the API server to when a client took it over.',
} as const;

/** Has the instruments of an OpenTelemetry meter follow a control plane. */
export function reportTo(provider: MeterProvider, measured: Measured): void {
  const meter = provider.getMeter('@fairlead/control-plane');
  for (const { name, kind, attribute, read, ...options } of INSTRUMENTS) {
    const observable =
      kind === 'gauge'
        ? meter.createObservableGauge(name, options)
        : meter.createObservableCounter(name, options);
    observable.addCallback((result) => {
      for (const [value, of] of read(measured)) {
        result.observe(value, attribute === undefined || of === undefined ? {} : { [attribute]: of });
      }
    });
  }
  const { name, ...options } = AGE;
  const advice = { explicitBucketBoundaries: [...AGE_BOUNDS_S] };
  const histogram = meter.createHistogram(name, { ...options, advice });
  measured.tally.onAge = (ms) => histogram.record(ms / 1_000);
}

/** The name in Prometheus, as OpenTelemetry's own exporter makes it. */
function prometheusName({ name, kind, unit }: Instrument): string {
  const base = name.replaceAll('.', '_') + (unit === 'By' ? '_bytes' : '');
  return kind === 'counter' ? `${base}_total` : base;
}

function ageLines({ ages, ageSumMs }: Tally): string[] {
  const name = `${AGE.name.replaceAll('.', '_')}_seconds`;
  let count = 0;
  const buckets = [...AGE_BOUNDS_S.map(String), '+Inf'].map((bound, index) => {
    count += ages[index] ?? 0;
    return `${name}_bucket{le="${bound}"} ${count}`;
  });
  return [
    `# HELP ${name} ${AGE.description}`,
    `# TYPE ${name} histogram`,
    ...buckets,
    `${name}_sum ${ageSumMs / 1_000}`,
    `${name}_count ${count}`,
  ];
}

/** All metrics in the text format of Prometheus, version 0.0.4. Attributes are words of this program: none needs escapes. */
export function prometheusText(measured: Measured): string {
  const lines = INSTRUMENTS.flatMap((instrument) => {
    const name = prometheusName(instrument);
    const { attribute, description, kind, read } = instrument;
    return [
      `# HELP ${name} ${description}`,
      `# TYPE ${name} ${kind}`,
      ...read(measured).map(([value, of]) =>
        attribute === undefined ? `${name} ${value}` : `${name}{${attribute}="${of}"} ${value}`,
      ),
    ];
  });
  return `${[...lines, ...ageLines(measured.tally)].join('\n')}\n`;
}
