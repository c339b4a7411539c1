import { fileURLToPath } from 'node:url';
import { NAMESPACE } from './cluster.js';
import type { Command } from './program.js';

/** Calls per second of each client: far from what any of them can, so that they do not disturb each other. */
export const RATE = 100;
const DEADLINE_MS = 5_000;
/** The repository: Fairlead and the grpc-js that it is tested with come from there. */
const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
const CLIENT = fileURLToPath(new URL('client.js', import.meta.url));

/** Ports of the servers: grpc-go's defaults, and with a maximum connection age. */
const PLAIN = 8088;
const AGED = 8089;

/** Where a contestant finds the cluster. */
export interface Where {
  /** The Go program. */
  readonly binary: string;
  readonly kubeconfig: string;
  /** `IP:PORT` of the cluster DNS. */
  readonly dns: string;
}

/** A way to call the pods of a Service. */
export interface Contestant {
  /** Name of its row. */
  readonly name: string;
  readonly home: string;
  /** All that is set, for the page. */
  readonly settings: string;
  /** Rights that its account needs in the cluster. */
  readonly rights: string;
  /** It is Fairlead: what it does is judged. */
  readonly ours?: true;
  command(where: Where, service: string): Command;
}

/** A package of npm that adds a resolver for Kubernetes to grpc-js. */
export interface NodePackage {
  readonly name: string;
  readonly version: string;
  readonly home: string;
  /** Why it cannot call here even when it loads; absent: it can. */
  readonly unfit?: string;
  readonly settings: string;
}

/** Endpoints of the core API: this cluster serves EndpointSlices alone. */
const OLD_ENDPOINTS =
  'reads core/v1 Endpoints (deprecated since Kubernetes 1.33), which the sandbox does not serve';

/** The packages of this kind that could be found. */
export const NODE_PACKAGES: readonly NodePackage[] = [
  {
    name: '@globalworldwide/grpc-resolvers',
    version: '0.9.0',
    home: 'https://github.com/globalworldwide/grpc-resolvers',
    settings:
      '`k8s:echo` under its `K8SResolver`, port name `grpc` (its default); round_robin, which it sets itself; declares Node.js ≥ 25, runs here on that of the table',
  },
  {
    name: '@zcong/grpc-resolver-k8s',
    version: '0.4.0',
    home: 'https://github.com/zcong1993/grpc-resolver-k8s',
    unfit: `${OLD_ENDPOINTS}; calls methods of a listener object, which is a function since grpc-js 1.14`,
    settings: 'not run',
  },
  {
    name: '@citymallservices/k8s-grpc-resolver',
    version: 'latest',
    home: 'https://www.npmjs.com/package/@citymallservices/k8s-grpc-resolver',
    unfit: OLD_ENDPOINTS,
    settings: 'not run',
  },
];

const roundRobin = JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] });
const goCall = (binary: string, target: string, more: readonly string[] = []): Command => ({
  argv: [binary, 'call', '-target', target, '-rate', `${RATE}`, '-deadline', `${DEADLINE_MS}ms`, ...more],
});

interface NodeCall {
  readonly target: string;
  readonly options?: object;
  readonly env?: Readonly<Record<string, string>>;
  readonly resolver?: string;
  readonly packages?: string;
}

function nodeCall({ target, options = {}, env = {}, resolver, packages = REPOSITORY }: NodeCall): Command {
  const flags = ['--target', target, '--rate', `${RATE}`, '--deadline-ms', `${DEADLINE_MS}`];
  const load = resolver === undefined ? [] : ['--resolver', resolver];
  const all = [...flags, ...load, '--packages', packages, '--options', JSON.stringify(options)];
  return { argv: [process.execPath, CLIENT, ...all], env };
}

const dnsName = (service: string): string => `${service}.${NAMESPACE}.svc.cluster.local`;
const dnsTarget = ({ dns }: Where, service: string, port: number): string =>
  `dns://${dns}/${dnsName(service)}:${port}`;
/** Without it grpc-js ignores the server of a DNS target. */
const ASK_SERVER = { GRPC_NODE_USE_ALTERNATIVE_RESOLVER: 'true' };

const fairlead = (name: string, settings: string, options: object): Contestant => ({
  ...{ name, settings },
  home: '../packages/client/README.md',
  rights: 'get, list, watch `endpointslices` in the target’s namespace',
  ours: true,
  command: ({ kubeconfig }, service) =>
    nodeCall({
      target: `k8s:///${service}.${NAMESPACE}:${PLAIN}`,
      options,
      resolver: '@fairlead/client',
      env: { KUBECONFIG: kubeconfig },
    }),
});

const FAIRLEAD: readonly Contestant[] = [
  fairlead(
    'Fairlead',
    '`k8s:///echo.peers:8088`, nothing is set: `loadAware`, which is `leastRequest` for pods without load reports',
    {},
  ),
  fairlead('Fairlead, roundRobin', 'the same with `roundRobin`', { 'fairlead.policy': 'roundRobin' }),
];

const KUBERESOLVER: Contestant = {
  name: 'kuberesolver + grpc-go',
  home: 'https://github.com/sercand/kuberesolver',
  settings: '`kubernetes:///echo.peers:grpc`, `round_robin`',
  rights: 'get, watch `endpointslices` in the target’s namespace',
  command: ({ binary, kubeconfig }, service) =>
    goCall(binary, `kubernetes:///${service}.${NAMESPACE}:grpc`, ['-kubeconfig', kubeconfig]),
};

const DNS: readonly Contestant[] = [
  {
    name: 'grpc-go dns',
    home: 'https://github.com/grpc/grpc-go',
    settings:
      '`dns:///echo…:8088` of a headless Service, `round_robin`, defaults: DNS is asked every 30 s at most',
    rights: 'none',
    command: (where, service) => goCall(where.binary, dnsTarget(where, service, PLAIN)),
  },
  {
    name: 'grpc-go dns, tuned',
    home: 'https://github.com/grpc/grpc-go',
    settings:
      'the same, but DNS is asked every second at most (`dns.SetMinResolutionInterval`), and the server ends connections after 30 s ± 10 % (`MaxConnectionAge`)',
    rights: 'none',
    command: (where, service) =>
      goCall(where.binary, dnsTarget(where, service, AGED), ['-dns-interval', '1s']),
  },
  {
    name: 'grpc-js dns',
    home: 'https://github.com/grpc/grpc-node',
    settings:
      '`dns:///echo…:8088` of a headless Service, `round_robin`, defaults: DNS is asked every 30 s at most',
    rights: 'none',
    command: (where, service) =>
      nodeCall({
        target: dnsTarget(where, service, PLAIN),
        options: { 'grpc.service_config': roundRobin },
        env: ASK_SERVER,
      }),
  },
  {
    name: 'grpc-js dns, tuned',
    home: 'https://github.com/grpc/grpc-node',
    settings:
      'the same, but DNS is asked every second at most (`grpc.dns_min_time_between_resolutions_ms`), and the server ends connections after 30 s ± 10 %',
    rights: 'none',
    command: (where, service) =>
      nodeCall({
        target: dnsTarget(where, service, AGED),
        options: { 'grpc.service_config': roundRobin, 'grpc.dns_min_time_between_resolutions_ms': 1000 },
        env: ASK_SERVER,
      }),
  },
];

const CLUSTER_IP: Contestant = {
  name: 'ClusterIP',
  home: 'https://kubernetes.io/docs/concepts/services-networking/service/#type-clusterip',
  settings: '`dns:///echo-vip…:8088` of a Service with a virtual IP, grpc-js, `pick_first`: nothing is set',
  rights: 'none',
  command: (where, service) =>
    nodeCall({ target: dnsTarget(where, `${service}-vip`, PLAIN), env: ASK_SERVER }),
};

/** Those that run everywhere, Fairlead first. */
export const CONTESTANTS: readonly Contestant[] = [...FAIRLEAD, KUBERESOLVER, ...DNS, CLUSTER_IP];

/** The contestant that a package of npm is, from the folder where it was installed. */
export function nodeContestant({ name, home, settings }: NodePackage, folder: string): Contestant {
  return {
    ...{ name, home, settings },
    rights: 'list, watch `endpointslices` in its own namespace, the only one that it knows',
    command: ({ kubeconfig }, service) =>
      nodeCall({
        target: `k8s:${service}`,
        resolver: name,
        packages: folder,
        env: { KUBECONFIG: kubeconfig },
      }),
  };
}
