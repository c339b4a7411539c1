import { describe, expect, it } from 'vitest';
import {
  describeUnavailable,
  noPort,
  noService,
  noSlice,
  noSliceOf,
  portWithoutEndpoints,
} from './absence.js';
import type { Endpoint } from './endpoint.js';
import { createEndpointSet, type EndpointSet, type EndpointSetState } from './endpoint-set.js';
import { DiscoveryError } from './errors.js';
import { KubeError, toDiscoveryError } from './kubernetes/client/kube-error.js';
import { parseTarget } from './target.js';

const target = parseTarget('k8s:///svc.ns:8088');
const sinceMs = Date.UTC(2026, 10, 23, 12, 4, 31, 250);
const server = 'https://10.0.0.1:6443';
const context = { target, asked: `the API server ${server}`, waitedMs: 5000, nowMs: sinceMs + 60_000 };
const live: EndpointSetState = { kind: 'live' };

function endpoint(host: string, ready: boolean, terminating = false, serving = ready): Endpoint {
  return { key: `${host}:80`, addresses: [{ host, port: 80 }], ready, serving, terminating, slice: 's' };
}

function setOf(endpoints: Endpoint[], more: Partial<EndpointSet> = {}): EndpointSet {
  const fields = { target: target.text, endpoints, state: live, reason: 'first list', changedAtMs: sinceMs };
  return createEndpointSet({ ...fields, unusableSinceMs: sinceMs, ...more });
}

function unknown(cause: DiscoveryError): EndpointSetState {
  return { kind: 'unknown', sinceMs, cause };
}

function answer(status: number, message: string): DiscoveryError {
  return toDiscoveryError(new KubeError(status, message), {
    verb: 'list',
    ref: { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' },
    namespace: 'ns',
    server,
    identity: { origin: 'KUBECONFIG=/a/b context kind', user: 'ns:app' },
  });
}

const denied =
  'endpointslices.discovery.k8s.io is forbidden: User "system:serviceaccount:ns:app" cannot list resource "endpointslices" in API group "discovery.k8s.io" in the namespace "ns"';

const ROWS: [what: string, set: EndpointSet | null, state: EndpointSetState | undefined, text: string][] = [
  ['nothing was heard', null, undefined, 'no answer from the API server https://10.0.0.1:6443 for 5 s'],
  [
    'the API server is away',
    null,
    unknown(new DiscoveryError('UNREACHABLE', 'connect ECONNREFUSED')),
    'no answer from the API server https://10.0.0.1:6443 for 5 s (last error: connect ECONNREFUSED)',
  ],
  [
    'the credentials are refused',
    null,
    unknown(answer(401, 'Unauthorized')),
    'the API server refused the credentials (401): KUBECONFIG=/a/b context kind',
  ],
  [
    'RBAC does not allow it',
    null,
    unknown(answer(403, denied)),
    'ServiceAccount ns:app may not list endpointslices.discovery.k8s.io in namespace ns: "fairlead doctor --rbac k8s:///svc.ns:8088" prints the Role',
  ],
  [
    'a credential plugin fails',
    null,
    unknown(new DiscoveryError('EXEC_PLUGIN', 'exec plugin "aws" ended with code 1')),
    'exec plugin "aws" ended with code 1',
  ],
  [
    'there is no slice',
    setOf([], { absence: noSlice(target) }),
    live,
    'no EndpointSlice for Service svc in namespace ns: does the Service exist?',
  ],
  [
    'there is no Service',
    setOf([], { absence: noService(target) }),
    live,
    'Service svc does not exist in namespace ns',
  ],
  [
    'the port is not there',
    setOf([], {
      absence: noPort(target.port, [
        { name: 'tcp', port: 8088, targetPort: 8080 },
        { name: 'metrics', port: 9090, targetPort: 9090 },
      ]),
    }),
    live,
    'no port 8088; the Service has tcp (8088 → 8080), metrics (9090)',
  ],
  [
    'no endpoint is usable',
    setOf([endpoint('a', false), endpoint('b', false), endpoint('c', false), endpoint('d', false, true)]),
    live,
    'no ready endpoint since 12:04:31Z: 3 not ready, 1 terminating',
  ],
  [
    'the Service is scaled to zero',
    setOf([]),
    live,
    'no ready endpoint since 12:04:31Z: the Service has no endpoints',
  ],
];

describe('describeUnavailable', () => {
  it.each(ROWS)('says when %s', (_, set, state, text) => {
    expect(describeUnavailable(set, state, context)).toBe(text);
  });

  it('says that endpoints are stale once they are so for too long', () => {
    const stale: EndpointSetState = {
      kind: 'stale',
      sinceMs,
      cause: new DiscoveryError('UNREACHABLE', 'reset'),
    };
    const set = setOf([endpoint('a', false)]);
    const late = { ...context, maxStaleMs: 60_000 };
    expect(describeUnavailable(set, stale, late)).toBe('endpoints are stale since 12:04:31Z: reset');
    expect(describeUnavailable(set, stale, { ...late, maxStaleMs: 60_001 })).toMatch(/^no ready endpoint/);
    expect(describeUnavailable(set, stale, context)).toMatch(/^no ready endpoint/);
  });

  it('shows the date of times that are older than a day', () => {
    const text = describeUnavailable(setOf([]), live, { ...context, nowMs: sinceMs + 86_400_000 });
    expect(text).toMatch(/^no ready endpoint since 2026-11-23T12:04:31Z: /);
  });

  it('shows waits that are not whole seconds', () => {
    expect(describeUnavailable(null, undefined, { ...context, waitedMs: 250 })).toMatch(/ for 0\.25 s$/);
  });
});

describe('texts of absence', () => {
  it('show at most ten ports', () => {
    const ports = Array.from({ length: 12 }, (_, index) => ({ name: `p${index}`, port: index + 1 }));
    expect(noPort({ kind: 'name', name: 'grpc' }, ports).message).toMatch(
      /^no port grpc; the Service has p0 \(1\), .*p9 \(10\), and 2 more$/,
    );
  });

  it('name a single nameless port by its number, and none as "no ports"', () => {
    expect(noPort({ kind: 'number', number: 1 }, [{ name: '', port: 80, targetPort: 8080 }]).message).toBe(
      'no port 1; the Service has 80 → 8080',
    );
    expect(noPort({ kind: 'number', number: 1 }, []).message).toBe('no port 1; the Service has no ports');
  });

  it('stay on one line, whatever a port is called', () => {
    const odd = { name: `a\n\u2028${'b'.repeat(200)}`, port: 80, targetPort: 'x\u0000y' };
    expect(noPort({ kind: 'number', number: 1 }, [odd]).message).toMatch(
      /^no port 1; the Service has a b{78}… \(80 → x y\)$/,
    );
  });

  it('say what a target without a port may do', () => {
    const ports = [
      { name: 'a', port: 1 },
      { name: 'b', port: 2 },
    ];
    expect(noPort({ kind: 'default' }, ports).message).toBe(
      'no port in the target and none named grpc; the Service has a (1), b (2)',
    );
  });

  it('tell a port of the Service that no endpoint has from a port that does not exist', () => {
    const port = { name: 'tcp', port: 8088, targetPort: 'web' };
    expect(portWithoutEndpoints(port, [{ name: 'metrics', port: 9090 }]).message).toBe(
      'port tcp (8088 → web) of the Service is on none of its endpoints; they have metrics (9090)',
    );
  });

  it('say why a Service that exists has no slices', () => {
    expect(noSliceOf(target, 'the Service has no selector')).toEqual({
      code: 'NO_SLICE',
      message: 'no EndpointSlice for Service svc in namespace ns: the Service has no selector',
    });
  });
});
