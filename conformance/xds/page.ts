import { FAULTS } from './faults.js';
import type { Found, Scenario } from './scene.js';

/** All that the page says. */
export interface PageContent {
  readonly found: readonly Found[];
  /** Who could not take part, and why. */
  readonly absent: ReadonlyMap<string, string>;
  /** Clients that are shown and not judged. */
  readonly informative: ReadonlySet<string>;
  /** By client. */
  readonly versions: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** `2026-11-25`. */
  readonly date: string;
}

const INTRODUCTION = `# xDS clients

Real clients on one control plane and the same pods at the same time. \`npm run conformance -- xds\` writes this page.
✓ holds, ✗ does not, – cannot be asked of this client; rust is tonic-xds, an alpha, that is shown and not judged. Faults of the clients themselves stand below. Times are of one run on a machine that did other work, too: they say of which order they are, no more.
`;

const escaped = (text: string): string =>
  text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replace(/\s+/g, ' ');

const row = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;

const versionText = (versions: Readonly<Record<string, string>>): string =>
  Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');

/** One line per scenario, one column per client. */
function overview(scenarios: readonly Scenario[], { found, informative }: PageContent): string[] {
  const clients = [...new Set(found.map(({ client }) => client))];
  const mark = (scenario: Scenario, client: string): string => {
    const verdict = found.find((each) => each.scenario.id === scenario.id && each.client === client)?.verdict;
    return verdict === undefined ? '–' : verdict.holds ? '✓' : '✗';
  };
  return [
    row(['', ...clients.map((client) => (informative.has(client) ? `${client} (not judged)` : client))]),
    `|${'---|'.repeat(clients.length + 1)}`,
    ...scenarios.map((scenario) => row([scenario.title, ...clients.map((client) => mark(scenario, client))])),
  ];
}

function details(scenario: Scenario, found: readonly Found[]): string[] {
  const rows = found.filter((each) => each.scenario.id === scenario.id);
  return [
    `### ${scenario.title}`,
    '',
    scenario.about,
    '',
    '| | client | found |',
    '|---|---|---|',
    ...rows.map(({ client, verdict }) => row([verdict.holds ? '✓' : '✗', client, verdict.got])),
    '',
  ];
}

/** The page of one whole run. */
export function clientsPage(content: PageContent): string {
  const { found, absent, informative, versions, date } = content;
  const scenarios = [...new Map(found.map(({ scenario }) => [scenario.id, scenario])).values()];
  const judged = found.filter(({ client }) => !informative.has(client));
  const lines = [
    INTRODUCTION,
    `Run of ${date}: ${judged.filter(({ verdict }) => verdict.holds).length} of ${judged.length} hold.`,
    '',
    ...overview(scenarios, content),
    '',
    '## Who took part',
    '',
    '| client | made of |',
    '|---|---|',
    ...[...versions].map(([client, made]) => row([client, versionText(made)])),
    ...[...absent].map(([client, why]) => row([client, `not run: ${why}`])),
    '',
    '## Faults of clients, and what is done about them',
    '',
    'Seen in a scenario that is named, or by hand on a server that sends what it is told to.',
    '',
    '| client | what it does | evidence | the control plane |',
    '|---|---|---|---|',
    ...FAULTS.map(({ client, what, evidence, remedy }) => row([client, what, evidence, remedy])),
    '',
    '## What was found',
    '',
    ...scenarios.flatMap((scenario) => details(scenario, found)),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}
