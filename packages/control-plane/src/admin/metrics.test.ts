import { describe, expect, it } from 'vitest';
import { Tally } from '../ads/tally.js';
import { languageOf, type Measured, prometheusText, reportTo } from './metrics.js';

function measured(): Measured {
  const tally = new Tally();
  tally.sent('endpoints', 300);
  tally.aged(3);
  tally.aged(60_000);
  tally.aged(-5);
  tally.refused.unauthenticated = 2;
  const nodeOf = (agent: string) => ({ id: 'n', agent, agentVersion: '1' });
  const refusal = { type: 'cluster', name: 'a.n:1', text: 'no', sinceMs: 0, count: 1 } as const;
  const clients = [
    { node: nodeOf('gRPC Go'), refusals: [refusal] },
    { node: nodeOf('gRPC Go'), refusals: [] },
    { node: undefined, refusals: [] },
  ];
  return { ready: true, targets: 4, tally, clients: () => clients, resources: (type) => type.length };
}

describe('languageOf', () => {
  it.each([
    ['gRPC Go', 'go'],
    ['gRPC C-core linux Python', 'c-core'],
    ['gRPC Java', 'java'],
    ['gRPC Node Pure JS', 'node'],
    ['gRPC Rust tonic-xds', 'rust'],
    ['envoy', 'envoy'],
    ['x"} 1\nfairlead_xds_ready 7', 'other'],
    [undefined, 'other'],
  ])('of %j is %s', (agent, language) => expect(languageOf(agent)).toBe(language));
});

describe('prometheusText', () => {
  it('has every sample on a line, below what it means', () => {
    const text = prometheusText(measured());
    const lines = [
      'fairlead_xds_ready 1',
      'fairlead_xds_streams{language="go"} 2',
      'fairlead_xds_streams{language="java"} 0',
      'fairlead_xds_streams{language="other"} 1',
      'fairlead_xds_refusing 1',
      'fairlead_xds_targets 4',
      'fairlead_xds_resources{type="cluster"} 7',
      'fairlead_xds_responses_total{type="endpoints"} 1',
      'fairlead_xds_sent_bytes_total{type="endpoints"} 300',
      'fairlead_xds_nacks_total{type="route"} 0',
      'fairlead_xds_refused_total{reason="unauthenticated"} 2',
      '# TYPE fairlead_xds_ack_age_seconds histogram',
      'fairlead_xds_ack_age_seconds_bucket{le="0.001"} 1',
      'fairlead_xds_ack_age_seconds_bucket{le="0.005"} 2',
      'fairlead_xds_ack_age_seconds_bucket{le="30"} 2',
      'fairlead_xds_ack_age_seconds_bucket{le="+Inf"} 3',
      'fairlead_xds_ack_age_seconds_sum 60.003',
      'fairlead_xds_ack_age_seconds_count 3',
    ];
    for (const line of lines) expect(text.split('\n')).toContain(line);
    expect(text).toMatch(/^(?:(?:# (?:HELP|TYPE) [a-z_]+ .+|[a-z_]+(?:\{[a-z]+="[^"\n]+"\})? [0-9.]+)\n)+$/);
  });
});

describe('reportTo', () => {
  it('gives the same numbers to an OpenTelemetry meter', () => {
    const observed: string[] = [];
    const recorded: number[] = [];
    const callbacks: (() => void)[] = [];
    const observable = (name: string) => ({
      addCallback: (
        callback: (result: {
          observe(value: number, attributes?: Readonly<Record<string, string>>): void;
        }) => void,
      ) =>
        void callbacks.push(() =>
          callback({
            observe: (value, attributes) => observed.push(`${name} ${JSON.stringify(attributes)} ${value}`),
          }),
        ),
    });
    const subject = measured();
    reportTo(
      {
        getMeter: () => ({
          createHistogram: () => ({ record: (value) => void recorded.push(value) }),
          createObservableGauge: observable,
          createObservableCounter: observable,
        }),
      },
      subject,
    );
    for (const callback of callbacks) callback();
    subject.tally.aged(250);
    expect(recorded).toEqual([0.25]);
    expect(observed).toContain('fairlead.xds.ready {} 1');
    expect(observed).toContain('fairlead.xds.streams {"language":"go"} 2');
    expect(observed).toContain('fairlead.xds.sent {"type":"endpoints"} 300');
  });
});
