import type { Contestant } from './contestants.js';
import { amplification, bytesPerClient, compare, figureOf, type Metric, type Taken } from './figures.js';
import type { Measured, Setting } from './measure.js';
import { type Compared, type Rows, rowsOf, STEADY, standingOf } from './standing.js';
import { digits, interval, METRICS, title } from './words.js';

/** All that the page says. */
export interface PageContent extends Compared {
  readonly versions: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly contestants: readonly Pick<Contestant, 'id' | 'name' | 'home' | 'about'>[];
  /** `2026-11-25`. */
  readonly date: string;
  readonly machine: string;
}

const ms = (value: number): string => `${digits(value)} ms`;

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

const kilobytes = (bytes: number): string => `${digits(bytes / 1_000)} kB`;

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

const subscribed = ({ clients, services }: Setting): number => clients / services;

function describe({ services, clients }: Setting): string {
  if (services === 1)
    return 'Every client subscribes to the one Service, and is sent all of its endpoints at every change.';
  return `Each Service has ${clients / services} clients. One Service changes, next time the next.`;
}

function valuesTable({ setting }: Measured, rows: Rows): string {
  const clients = subscribed(setting);
  const cell = (taken: Taken, metric: Metric): string => {
    const { value } = figureOf(taken, metric);
    return metric === 'cpuUs'
      ? `${ms(value / 1_000)}, ${digits(value / clients)} µs for each client that subscribes`
      : ms(value);
  };
  const each = (of: (taken: Taken) => string): string[] => rows.map(({ taken }) => of(taken));
  return table(
    ['', ...rows.map(({ name }) => name)],
    [
      ...METRICS.map(({ metric, title: what }) => [what, ...each((taken) => cell(taken, metric))]),
      [
        'resources sent ÷ (changes × clients that subscribe)',
        ...each((taken) => amplification(taken, clients).toFixed(2)),
      ],
      ['bytes sent for a change', ...each(({ sent, changes }) => kilobytes(sent.bytes / changes))],
      ['memory before the first client', ...each(({ aloneBytes }) => mebibytes(aloneBytes))],
      ['memory that a client adds', ...each((taken) => kilobytes(bytesPerClient(taken, setting.clients)))],
    ],
  );
}

function controlText(rows: Rows, metric: Metric): string {
  const controls = rows.map(({ taken }) => figureOf(taken, metric).control);
  const noisy = controls.some((control) => Math.abs(control - 1) > STEADY) ? ', noisy run' : '';
  return `${controls.map((control) => control.toFixed(2)).join(', ')}${noisy}`;
}

function ratiosTable(rows: Rows): string {
  const [ours, ...others] = rows;
  if (ours === undefined) return '';
  return table(
    ['Fairlead ÷', ...others.map(({ name }) => name), 'A/A'],
    METRICS.map(({ metric, title: what }) => [
      what,
      ...others.map(({ taken }) => interval(compare(ours.taken, taken, metric))),
      controlText(rows, metric),
    ]),
  );
}

function section(measured: Measured, contestants: PageContent['contestants']): string {
  const rows = rowsOf(measured, contestants);
  return [
    `### ${title(measured.setting)}`,
    `${describe(measured.setting)} The API server has answered a write after ${ms(measured.writeMs)} (median): that is in the times.`,
    valuesTable(measured, rows),
    ratiosTable(rows),
  ].join('\n\n');
}

const listed = (lines: readonly string[]): string =>
  lines.length === 0 ? 'Nowhere in this run.' : lines.join('\n');

function behaviourTable({ behaviour, contestants }: PageContent): string {
  const situations = [...new Set([...behaviour.values()].flat().map(({ situation }) => situation))];
  const got = (id: string, situation: string): string =>
    behaviour.get(id)?.find((found) => found.situation === situation)?.got ?? '–';
  return table(
    ['', ...contestants.map(({ name }) => name)],
    situations.map((situation) => [situation, ...contestants.map(({ id }) => got(id, situation))]),
  );
}

const versionText = (versions: Readonly<Record<string, string>> = {}): string =>
  Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');

const HEAD = `# Control planes side by side

[\`fairlead xds serve\`](xds.md) beside a control plane on [go-control-plane](https://github.com/envoyproxy/go-control-plane), Envoy's Go library for them.
\`npm run conformance -- control-planes\` writes this page, whatever it finds.`;

const READING = `## How it was measured
- Each control plane is a process of its own and watches a namespace of its own, with the same EndpointSlices, on one API server (the sandbox's, over
  TLS and in JSON; a real one would give client-go protobuf, which it reads faster).
- Clients are bare: raw \`node:http2\`, a connection and a stream each, all of one control plane in one process. They ask for endpoints only, by state of
  the world over ADS, and accept every response with its version and nonce, as gRPC does. How fast they read is in the times of all.
- The Go program is what such a program needs and no more (\`conformance/control-planes/*.go\`): an informer, a work queue by Service, one of the library's two
  caches, the server with the options that its documentation advises. It gives the cache only assignments that differ from those before. It serves endpoints; Fairlead's process has listeners, routes and clusters as well.
  Which endpoints count is up to such a program: those that are ready, and nothing is sent of a Service that is gone, because the protocol has no word for it.
- The control planes take turns, in another order each round; a turn is six changes, each begun when all clients had the last one and 80 ms had
  passed. A change is one event of a rolling update: a pod is ready, one begins to terminate, and one is gone. A
  ratio is taken inside a round; in brackets the 95 % interval of its median. A/A is each control plane against itself in the same rounds, in the order of the
  columns; farther than 0.1 from 1 it says \`noisy run\`.
- Behind or ahead is a figure whose interval lies on one side of 1, if its A/A is within 0.1; of what was taken once, memory that differs by a tenth and times
  that differ by the double.
- Processor time is user and system time of all threads, garbage collection included. Memory is resident memory, at the end of all rounds.
- Where few clients subscribe to what changes, 99 of 100 means nearly the slowest of all six changes.`;

const OTHERS = `## What they are
go-control-plane is a library: what is read of the cluster, which names there are, who may see what, and what clients of each language accept is the work of
whoever uses it. It speaks every resource type of Envoy, state of the world and delta, with types, snapshots and their consistency checks in Go.
\`fairlead xds serve\` is a finished program for one thing, endpoints of Services for gRPC clients and Envoy; it cannot be told to serve anything else.`;

const RUN = `## Run it
\`\`\`sh
npm ci && npm run conformance -- control-planes   # about 5 minutes; Linux, Go ≥ 1.26; the first build takes some minutes more
\`\`\``;

/** The whole page. */
export function controlPlanesPage(content: PageContent): string {
  const { measured, contestants, versions, date, machine } = content;
  const { behind, ahead } = standingOf(content);
  const who = contestants.map(({ id, name, home, about }) => [
    `[${name}](${home})`,
    about,
    versionText(versions.get(id)),
  ]);
  return `${[
    HEAD,
    `Measured on ${date}; ${machine}.`,
    `## Where Fairlead is behind\n${listed(behind)}`,
    `## Where it is ahead\n${listed(ahead)}`,
    `## Figures\n${measured.map((each) => section(each, contestants)).join('\n\n')}`,
    `## What each does\nOne client, three endpoints; times of one run.\n\n${behaviourTable(content)}`,
    READING,
    `## Who took part\n${table(['', 'what it is', 'versions'], who)}`,
    OTHERS,
    RUN,
  ].join('\n\n')}\n`;
}
