import { describe, expect, it } from 'vitest';
import { slice } from '../../../test/doubles/slices.js';
import { parseTarget } from '../../target.js';
import { needsService, type PortSelection, portInSlice, type ServiceView, selectPort } from './port-rule.js';
import { type ParsedSlice, parseSlice } from './slice.js';

type Ports = [name: string, port: number | null][];

function sliceOf(ports: Ports, { headless = true, empty = false } = {}): ParsedSlice {
  const object = slice({
    name: `s${JSON.stringify(ports)}`,
    headless,
    ports: ports.map(([name, port]) => ({ name, port, protocol: 'TCP' })),
    endpoints: empty ? [] : [{ host: '10.0.0.1' }],
  });
  return parseSlice(object, undefined, () => {}) as ParsedSlice;
}

function found(...ports: [name: string, port: number, targetPort: number | string][]): ServiceView {
  return {
    kind: 'found',
    hasSelector: true,
    ports: ports.map(([name, port, targetPort]) => ({ name, port, targetPort })),
  };
}

const pending: ServiceView = { kind: 'pending' };
const unreadable: ServiceView = { kind: 'unreadable', why: 'see "--rbac TARGET"' };
const both: Ports = [
  ['tcp', 8080],
  ['metrics', 9090],
];

/** The numbers that the slices give, or the message of absence, or `pending` or `empty`. */
function outcome(port: string, slices: ParsedSlice[], service: ServiceView = pending) {
  const selection = selectPort(parseTarget(`k8s:///svc.ns${port}`), slices, service);
  if (selection.kind === 'absent') return selection.absence.message;
  if (selection.kind === 'pending' || selection.kind === 'empty') return selection.kind;
  return slices.map((each) => portInSlice(selection, each));
}

describe('the port rule on a headless Service', () => {
  it.each<[string, Ports[], unknown]>([
    ['', [[['tcp', 8088]]], [8088]],
    ['', [[['', 8088]]], [8088]],
    ['', [[['tcp', 8088]], [['tcp', 9099]]], [8088, 9099]],
    ['', [both], 'no port in the target and none named grpc; the Service has tcp (8080), metrics (9090)'],
    [
      '',
      [
        [
          ['grpc', 50051],
          ['metrics', 9090],
        ],
      ],
      [50051],
    ],
    [
      '',
      [
        [
          ['grpc', 50051],
          ['metrics', 9090],
        ],
        [['metrics', 9090]],
      ],
      [50051, undefined],
    ],
    [':tcp', [both], [8080]],
    [':tcp', [both, [['metrics', 9090]], []], [8080, undefined, undefined]],
    [':grpc', [both], 'no port grpc; the Service has tcp (8080), metrics (9090)'],
    [':8080', [both], [8080]],
    [':9090', [both, [['tcp', 8081]]], [9090, undefined]],
    [':8088', [both], 'no port 8088; the Service has tcp (8080), metrics (9090)'],
    [':8088', [[['any', null]]], [8088]],
    [':any', [[['any', null]]], [undefined]],
    [':8088', [[]], 'no port 8088; the endpoints have no ports'],
  ])('%j over %j gives %j', (port, slices, expected) => {
    expect(
      outcome(
        port,
        slices.map((ports) => sliceOf(ports)),
      ),
    ).toEqual(expected);
  });

  it('never needs the Service', () => {
    const port = parseTarget('k8s:///svc.ns:8088').port;
    expect(needsService(port, [sliceOf(both)])).toBe(false);
    expect(needsService(port, [sliceOf(both), sliceOf([['tcp', 1]], { headless: false })])).toBe(false);
  });
});

describe('the port rule on a Service with a cluster IP', () => {
  const web = [sliceOf(both, { headless: false })];
  const withSelector = found(['tcp', 80, 8080], ['metrics', 9090, 9090]);

  it.each<[string, ServiceView, unknown]>([
    [':80', withSelector, [8080]],
    [':9090', withSelector, [9090]],
    [':8080', withSelector, [8080]],
    [':80', found(['tcp', 80, 'web']), [8080]],
    [
      ':80',
      unreadable,
      'no port 80 on the endpoints, which have tcp (8080), metrics (9090); ports of the Service cannot be read: see "--rbac k8s:///svc.ns:80"',
    ],
    [':8080', unreadable, [8080]],
    [':80', { kind: 'missing' }, 'Service svc does not exist in namespace ns'],
    [':8080', { kind: 'missing' }, [8080]],
    [':80', pending, 'pending'],
    [':8080', pending, 'pending'],
    [':8088', withSelector, 'no port 8088; the Service has tcp (80 → 8080), metrics (9090)'],
    [
      ':8088',
      found(['tcp', 80, 'web']),
      'no port 8088; the Service has tcp (80 → 8080), its endpoints have metrics (9090)',
    ],
    [
      ':80',
      found(['other', 80, 'web']),
      'port other (80 → web) of the Service is on none of its endpoints; they have tcp (8080), metrics (9090)',
    ],
    [':tcp', pending, [8080]],
    [':tcp', { kind: 'missing' }, [8080]],
    [':grpc', pending, 'no port grpc; the endpoints have tcp (8080), metrics (9090)'],
    ['', pending, 'no port in the target and none named grpc; the endpoints have tcp (8080), metrics (9090)'],
  ])('%j with %j gives %j', (port, service, expected) => {
    expect(outcome(port, web, service)).toEqual(expected);
  });

  it('follows a named targetPort that is another number in each slice', () => {
    const slices = [
      sliceOf([['tcp', 8080]], { headless: false }),
      sliceOf([['tcp', 8081]], { headless: false }),
    ];
    expect(outcome(':80', slices, found(['tcp', 80, 'web']))).toEqual([8080, 8081]);
    expect(outcome(':88', slices, found(['tcp', 80, 'web']))).toBe(
      'no port 88; the Service has tcp (80 → 8080/8081)',
    );
  });

  it('needs the Service for numbers only', () => {
    expect(needsService(parseTarget('k8s:///svc.ns:80').port, web)).toBe(true);
    expect(needsService(parseTarget('k8s:///svc.ns:tcp').port, web)).toBe(false);
    expect(needsService(parseTarget('k8s:///svc.ns').port, web)).toBe(false);
  });
});

describe('the port rule without endpoints', () => {
  const placeholder = (headless: boolean) => [sliceOf([], { headless, empty: true })];

  it.each<[string, boolean, ServiceView, unknown]>([
    ['', true, pending, 'empty'],
    [':tcp', true, pending, 'empty'],
    [':8088', true, pending, 'empty'],
    [':80', false, pending, 'pending'],
    [':80', false, found(['tcp', 80, 8080]), 'empty'],
    [':80', false, unreadable, 'empty'],
    [':88', false, found(['tcp', 80, 8080]), 'no port 88; the Service has tcp (80 → 8080)'],
  ])('%j of a Service without pods (headless: %j) with %j is %j', (port, headless, service, expected) => {
    expect(outcome(port, placeholder(headless), service)).toEqual(expected);
  });

  it.each<[ServiceView, string]>([
    [pending, 'no EndpointSlice for Service svc in namespace ns: does the Service exist?'],
    [unreadable, 'no EndpointSlice for Service svc in namespace ns: does the Service exist?'],
    [{ kind: 'missing' }, 'Service svc does not exist in namespace ns'],
    [
      found(),
      'no EndpointSlice for Service svc in namespace ns: the Service exists, its slices are not made yet',
    ],
    [
      { kind: 'found', ports: [], hasSelector: false },
      'no EndpointSlice for Service svc in namespace ns: the Service has no selector',
    ],
  ])('says with %j: %s', (service, text) => {
    for (const port of ['', ':80', ':tcp']) expect(outcome(port, [], service)).toBe(text);
    const selection: PortSelection = selectPort(parseTarget('k8s:///svc.ns'), [], service);
    expect(selection.kind === 'absent' && (selection.provisional ?? false)).toBe(service.kind === 'pending');
  });

  it.each([
    ['db.example.com.', ':80', 'db.example.com, dial dns:///db.example.com:80'],
    ['db.example.com', ':tcp', 'db.example.com, dial dns:///db.example.com:PORT'],
    ['db.example.com', '', 'db.example.com, dial dns:///db.example.com:PORT'],
    ['serv.far.svc.cluster.local', ':80', 'serv.far.svc.cluster.local, dial k8s:///serv.far:80'],
    ['serv.far.svc', ':tcp', 'serv.far.svc, dial k8s:///serv.far:tcp'],
    ['a.b.svcs.example', '', 'a.b.svcs.example, dial dns:///a.b.svcs.example:PORT'],
  ])('says what to dial instead of an ExternalName of %s%s', (externalName, port, text) => {
    const service: ServiceView = { kind: 'found', ports: [], hasSelector: false, externalName };
    const start = 'no EndpointSlice for Service svc in namespace ns: it is an ExternalName of ';
    expect(outcome(port, [], service)).toBe(`${start}${text}`);
  });
});
