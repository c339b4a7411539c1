import { isDeepStrictEqual } from 'node:util';
import { createEndpointSet, type Endpoint, parseTarget } from '@fairlead/discovery';
import type { KubeObject } from '@fairlead/discovery/kubernetes';
import { selectPort } from '#discovery/kubernetes/endpoints/port-rule.js';
import { ServiceStore } from '#discovery/kubernetes/endpoints/service-store.js';
import { type ParsedSlice, sliceId } from '#discovery/kubernetes/endpoints/slice.js';
import { SliceMerge } from '#discovery/kubernetes/endpoints/slice-merge.js';
import { type Json, jsonForm, jsonValue } from '../forms/json.js';
import { holdOneLine } from '../judge/refusal.js';
import { recorded, recordedLines } from '../recordings.js';
import { type FuzzTarget, hold } from '../target.js';

/** Objects as the client hands them on: `metadata` is an object, whatever the server said. */
function asObject(value: unknown): KubeObject | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { metadata } = value as KubeObject;
  const isMetadata = typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata);
  return (isMetadata ? value : { ...value, metadata: {} }) as KubeObject;
}

const TARGET = parseTarget('k8s:///serv-ca.nspace');

function createStore(onChange: (service: string) => void = () => {}): ServiceStore {
  const problem = (message: string, fields?: unknown): void => {
    holdOneLine(message, 'a log message');
    holdOneLine(JSON.stringify(fields ?? {}), 'the fields of a log message', 5_000);
  };
  const logger = { debug: problem, info: problem, warn: problem, error: problem };
  return new ServiceStore((service) => onChange(service), logger);
}

type Facts = Pick<ParsedSlice, 'id' | 'ports' | 'endpoints' | 'headless'>;

function factsOf(store: ServiceStore, service: string): Facts[] {
  return [...store.slices(service).values()]
    .map(({ id, ports, endpoints, headless }) => ({ id, ports, endpoints, headless }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The endpoints of slices in the order in which they are given. */
function merged(slices: readonly Facts[], port: number): readonly Endpoint[] {
  const merge = new SliceMerge();
  for (const { id, endpoints } of slices) merge.update({ id, name: id, port, endpoints });
  merge.settle();
  return [...merge.endpoints.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

function judgeService(store: ServiceStore, service: string): void {
  const slices = factsOf(store, service);
  const forwards = merged(slices, 8088);
  hold(
    isDeepStrictEqual(forwards, merged([...slices].reverse(), 8088)),
    'the order of slices makes another set',
  );
  for (const { addresses } of forwards) hold(addresses.length > 0, 'an endpoint has no address');
  const selection = selectPort(TARGET, [...store.slices(service).values()], { kind: 'pending' });
  if (selection.kind === 'absent') holdOneLine(selection.absence.message, 'the reason');
  const state = { kind: 'live' } as const;
  const set = createEndpointSet({
    target: TARGET.text,
    endpoints: forwards,
    state,
    reason: 'fuzz',
    changedAtMs: 0,
  });
  hold(/^[0-9a-f]{64}$/.test(set.version), 'the set has no version');
}

/** Tells a store one object after the other, and another one only what is left of them in the end. */
function judge(json: Json): void {
  const events = Array.isArray(json) ? json : [json];
  const services = new Set<string>();
  const followed = createStore((service) => services.add(service));
  const last = new Map<string, KubeObject>();
  for (const event of events) {
    const object = asObject(jsonValue(event));
    if (object === undefined) continue;
    followed.upsert(object);
    const id = sliceId(object);
    // One that cannot be used counts, too: it takes the place of the one before.
    if (id !== null) last.set(id, object);
  }
  const fresh = createStore();
  for (const object of last.values()) fresh.upsert(object);
  for (const service of services) {
    hold(
      isDeepStrictEqual(factsOf(followed, service), factsOf(fresh, service)),
      'what came before has left a trace',
    );
    judgeService(followed, service);
  }
}

const WORDS = [
  ...[
    'metadata',
    'name',
    'namespace',
    'labels',
    'annotations',
    'kubernetes.io/service-name',
    'resourceVersion',
  ],
  ...[
    'service.kubernetes.io/headless',
    'endpoints.kubernetes.io/last-change-trigger-time',
    'addressType',
    'IPv4',
  ],
  ...[
    'IPv6',
    'FQDN',
    'endpoints',
    'addresses',
    'conditions',
    'ready',
    'serving',
    'terminating',
    'targetRef',
    'uid',
  ],
  ...[
    'hints',
    'forZones',
    'forNodes',
    'zone',
    'nodeName',
    'hostname',
    'ports',
    'port',
    'protocol',
    'UDP',
    '10.0.0.1',
  ],
  ...['fe80::1', '::ffff:10.0.0.1', '010.0.0.1', '2001:DB8::0001'],
];

/** EndpointSlices, from the object to the set. */
export const slices: FuzzTarget<Json> = {
  name: 'slices',
  about:
    'EndpointSlices of any shape, changed again and again: never an error, and only the last ones count, in any order',
  form: jsonForm(WORDS),
  seeds: () => {
    const events = (scenario: string): Json[] =>
      recordedLines(scenario)
        .slice(0, 4)
        .map((line) => JSON.parse(line).object);
    const items = (scenario: string): Json[] => JSON.parse(recorded(scenario, 'list.json')).items.slice(0, 3);
    return [
      'scale-up',
      'pod-unready-and-back',
      'manual-slice',
      'target-port-change',
      'publish-not-ready',
    ].flatMap((scenario) => [items(scenario), [...items(scenario), ...events(scenario)]]);
  },
  open: () => ({ check: judge }),
};
