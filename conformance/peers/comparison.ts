import type { Contestant, NodePackage } from './contestants.js';
import { type Figures, median, SOON_MS } from './figures.js';
import type { Installed } from './packages.js';
import type { Findings, Measured } from './run.js';

/** All that the page says, besides its fixed words. */
export interface Comparison extends Findings {
  readonly contestants: readonly Contestant[];
  readonly packages: readonly { readonly package: NodePackage; readonly installed: Installed }[];
  /** `2026-01-31`. */
  readonly date: string;
  /** Processor, cores, memory, system, load. */
  readonly machine: string;
  /** Calls per second of each client. */
  readonly rate: number;
}

/** A table of Markdown. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const percent = (part: number, whole: number): string =>
  `${part} of ${whole}${part === whole ? '' : ` (${Math.min(99, Math.round((100 * part) / whole))} %)`}`;

const duration = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

/** How long calls failed is told only where it was longer than a moment. */
const MOMENT_MS = 100;

function failures({ calls, failed, byStatus, failingMs }: Figures): string {
  if (failed === 0) return `0 of ${calls}`;
  const statuses = byStatus
    .map(([name, count]) => (byStatus.length === 1 ? name : `${count} ${name}`))
    .join(', ');
  const over = failingMs > MOMENT_MS ? `, over ${duration(failingMs)}` : '';
  return `${failed} of ${calls} (${statuses}${over})`;
}

function firstAnswers({ firstAnswerMs, neverCalled }: Figures): string {
  const middle = median(firstAnswerMs);
  const told = middle === undefined ? [] : [`${duration(middle)}, ${duration(firstAnswerMs.at(-1)!)}`];
  return [...told, ...(neverCalled > 0 ? [`${neverCalled} never`] : [])].join('; ');
}

function eventSection({ event, ready, arrived, rows }: Measured): string {
  const empty = rows.some(({ figures }) => figures.failedEmpty > 0);
  const head = [
    '',
    'calls failed',
    ...(empty ? ['failed while no pod was ready'] : []),
    'pods reached within 10 s',
    'by the end',
    ...(arrived > 0 ? ['ready → first answer: median, max'] : []),
  ];
  const cells = rows.map(({ contestant, figures }) => [
    contestant,
    failures(figures),
    ...(empty ? [String(figures.failedEmpty)] : []),
    percent(figures.reachedSoon, ready),
    percent(figures.reachedByEnd, ready),
    ...(arrived > 0 ? [firstAnswers(figures)] : []),
  ]);
  return `### ${event.title}\n${event.about}\n\n${table(head, cells)}`;
}

/** Processor time and memory of each client, all with the same calls. */
function costTable({ clients }: Comparison): string {
  const rows = [...clients].map(([name, { cost, calls }]) => [
    name,
    `${(cost.cpuMs / calls).toFixed(2)} ms`,
    `${Math.round(cost.residentBytes / 2 ** 20)} MiB`,
  ]);
  const head = ['', 'processor time per call', 'memory of the process at the end'];
  return `${table(head, rows)}\n\nProcesses that do nothing but call, with the clock that starts the calls. Go and Node.js differ more than the resolvers do.`;
}

const versionText = (versions: Readonly<Record<string, string>> = {}): string =>
  Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');

function outcome(each: NodePackage, installed: Installed): string {
  if ('failure' in installed) {
    const unfit =
      each.unfit === undefined ? '' : `; it could not be measured here anyway, as it ${each.unfit}`;
    return `not measured: npm cannot get or load it: ${installed.failure}${unfit}`;
  }
  if (each.unfit !== undefined) return `loads; not measured, as it ${each.unfit}`;
  return `measured${installed.from === 'tarball' ? ', from a tarball that was built from its published sources' : ''}`;
}

const HEAD = `# How it compares

Several ways to call the pods of a Service from gRPC, on the same cluster at the same time, while the same things happen to the pods.
This page is written by \`npm run conformance -- peers\`: the figures are those of its last run. Only Fairlead's own behaviour is judged by
that command; the others' figures are figures.`;

const reading = (rate: number): string => `## How to read it
- Each client is a process of its own that makes ${rate} calls per second by the clock (open loop), with a deadline of 5 s and without
  \`waitForReady\` or retries. All run at once: a row differs from its neighbour by the client alone. A call that a busy machine could start
  only 100 ms late is not made, so that numbers of calls differ.
- The pods are grpc-go servers that follow the usual recipe: readiness probe, preStop wait of 5 s, GOAWAY, calls in flight finish. They answer
  at once. Each has a second port on which connections end after 30 s, for the rows that say so.
- The cluster is Fairlead's sandbox: real API server protocol, EndpointSlices, DNS and virtual IPs, in one process on loopback. Latencies of a
  real network and of a busy API server are missing, for all rows alike.
- *Failed* counts calls that started while some pod was ready. *Within 10 s* counts the ready pods that answered a call in the
  ${SOON_MS / 1000} s after the slices had reached their final state, *by the end* those that answered one between that and the end of the event.
- *Ready → first answer* counts, for each new pod, from the moment that a watch beside the clients read that it is ready. It contains the
  connection and the wait for the pod's turn: among 8 pods a pod's turn comes every ${Math.round(8000 / rate)} ms at this rate, in strict order with
  \`round_robin\`, by chance with \`leastRequest\`.
- Clients go on from event to event: who missed pods in one begins the next without them.
- One run on one machine. Milliseconds vary from run to run, and so does what a client of DNS finds, which hangs on when it asked last.`;

const OTHERS = `## What the others do better
- **kuberesolver** is a small Go module with a client of its own, in the language that most of Kubernetes is written in; Fairlead's client is
  for Node.js only. It needs nothing but its two dependencies (fsnotify, prometheus/client_golang) and a Role. Where a Service has one
  EndpointSlice it follows as fast as anything here, and faster than grpc-js connects. More than one slice:
  [kuberesolver#66](https://github.com/sercand/kuberesolver/issues/66).
- **@globalworldwide/grpc-resolvers** asks again every second after an outage of the API server, and so may know of new pods sooner than Fairlead,
  whose back-off grows while the server is away (0.8 s, doubled up to 30 s, at random) so that a server which comes back is not met by all at once.
- **DNS** needs no Role, no watch and no library, works in every language that gRPC has, and loads the API server with nothing: a thousand
  clients are a thousand watches with a resolver like Fairlead's. With \`MaxConnectionAge\` on the servers and a short interval it
  finds every new pod within that age; that is what gRPC's maintainers advise ([grpc/grpc#12295](https://github.com/grpc/grpc/issues/12295),
  [A9](https://github.com/grpc/proposal/blob/master/A9-server-side-conn-mgt.md)).
- **ClusterIP** needs one connection per client instead of one per client and pod, and works with every protocol. For clients that are many
  and short-lived it spreads well enough.
- **A service mesh** ([Linkerd](https://linkerd.io/2/features/load-balancing/), [Istio](https://istio.io/latest/docs/concepts/traffic-management/),
  [Cilium](https://docs.cilium.io/en/stable/network/servicemesh/l7-traffic-management/)) balances every language without a line of code, and brings mutual TLS,
  policies, retries and metrics that are the same everywhere. Fairlead has none of that, and its clients read the API server with their own accounts.
- **Proxyless xDS** ([Istio](https://istio.io/latest/blog/2021/proxyless-grpc/), [Cloud Service Mesh](https://cloud.google.com/service-mesh/docs/service-routing/proxyless-overview),
  [wongnai/xds](https://github.com/wongnai/xds)) has one place that watches for all clients, in any language with an xDS client, and can route, split and
  shift traffic by rules.
- **The gRPC libraries' own \`round_robin\`** gives each pod exactly the same number of calls; \`leastRequest\` gives them the same only on
  average, in exchange for calls that avoid slow pods: of many pods one may wait for its first call (\`roundRobin\` is there, too).`;

const runIt = `## Run it
\`\`\`sh
npm ci && npm run conformance -- peers   # about 10 minutes; Linux, Go ≥ 1.26, npm; nothing is installed outside of the user's cache
\`\`\`
\`FAIRLEAD_PEER_TARBALLS=FOLDER\` takes npm packages that the registry does not have from \`npm pack\` files in that folder.`;

/** The whole page. */
export function comparisonPage(comparison: Comparison): string {
  const { measured, clients, contestants, packages, date, machine, rate } = comparison;
  const settings = contestants.map(({ name, home, settings, rights }) => [
    `[${name}](${home})`,
    settings,
    rights,
    versionText(clients.get(name)?.versions),
  ]);
  const found = packages.map(({ package: each, installed }) => [
    `[${each.name}](${each.home})`,
    'failure' in installed ? each.version : installed.version,
    outcome(each, installed),
  ]);
  return `${[
    HEAD,
    `Measured on ${date}; ${machine}.`,
    reading(rate),
    `## What happened\n${measured.map(eventSection).join('\n\n')}`,
    `## What a client costs\n${costTable(comparison)}`,
    `## Who took part\n${table(['', 'settings', 'rights in the cluster', 'versions'], settings)}`,
    `Packages of npm that add a Kubernetes resolver to grpc-js:\n\n${table(['', 'version', 'here'], found)}`,
    OTHERS,
    runIt,
  ].join('\n\n')}\n`;
}
