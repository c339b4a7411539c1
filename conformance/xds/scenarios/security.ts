import { setTimeout as pause } from 'node:timers/promises';
import { epochMs } from '../../peers/observer.js';
import { firstAnswers, type Team, takeAll } from '../caller.js';
import { nodeIdOf } from '../clients.js';
import { type ServeCommand, startServe } from '../command-line.js';
import {
  accountManifest,
  createIdentities,
  type Identities,
  rightManifest,
  type Shown,
  userOf,
} from '../identities.js';
import { judgeClosed, judgeStart } from '../judge.js';
import { callsDuring, openTeam, type Scenario, type Stage, withTeam } from '../scene.js';
import { ECHO, START_MS } from './pods.js';

const printed = 'The file that `fairlead xds bootstrap` prints with';

const OPEN: Scenario = {
  id: 'tls',
  title: 'TLS: nobody is asked who they are (`--open`)',
  about: `${printed} \`--tls-ca\`: answered, none fails. Java has the authority in its JVM’s trust store instead.`,
};

/** What becomes of those who show something: the rows of one way to do so. */
interface Rows {
  readonly may: Scenario;
  readonly later: Scenario;
  readonly wrong: Scenario;
}

const LATER =
  'Without the right no call is answered for 18 s, as if there were no such Service; then the right is given, and counts within 10 s.';

const TOKEN: Rows = {
  may: {
    id: 'token',
    title: 'TLS and a token: an account that may',
    about: `${printed} \`--tls-ca\` and \`--token-file\`; the account may list EndpointSlices in the namespace: answered, none fails, and \`/clients\` says whose they are. Envoy reads the token by its client \`google_grpc\`, Java in a provider of its own.`,
  },
  later: { id: 'token-later', title: 'TLS and a token: the right is given later', about: LATER },
  wrong: {
    id: 'token-wrong',
    title: 'TLS and a token: for another audience',
    about:
      'The account may, but its token is not for the control plane: UNAUTHENTICATED, no call is answered, and the log says so.',
  },
};
const BARE: Scenario = {
  id: 'token-bare',
  title: 'TLS and a token: without the variable',
  about:
    'GRPC_EXPERIMENTAL_XDS_BOOTSTRAP_CALL_CREDS is not set: no token is sent, no call is answered, and the log says so.',
};
const CERTIFICATE: Rows = {
  may: {
    id: 'certificate',
    title: 'TLS and a certificate: an account that may',
    about: `${printed} \`--tls-ca\`, \`--client-cert\` and \`--client-key\`; the common name is an account that may list EndpointSlices in the namespace: answered, none fails, and \`/clients\` says whose they are. Java has a provider of its own.`,
  },
  later: { id: 'certificate-later', title: 'TLS and a certificate: the right is given later', about: LATER },
  wrong: {
    id: 'certificate-wrong',
    title: 'TLS and a certificate: of another authority',
    about:
      'It names an account that may, but who signed it is not known: no connection, no call is answered, and the log says so.',
  },
};

/** Clients give up a name that does not exist after 15 s. */
const MISSING_MS = 18_000;
/** A right that was not there is asked for every 10 s; the rest is for a busy machine. */
const HEALED_MS = 12_000;
const AFTER_MS = 3_000;
/** They have tried several times by then. */
const BARE_MS = 6_000;
/** Many clients at the same time, of which it matters only whether calls are answered. */
const RATE = 10;

/** The status, as clients of several languages write it. */
const UNAUTHENTICATED = /unauthenticated/i;

/** Those that send a token only when their environment says so. */
const WITH_VARIABLE = ['go', 'python'];

/** A row of those who are refused, and what the control plane's log says of them. */
interface Refused {
  readonly scenario: Scenario;
  readonly log: string;
  /** What they are told, if the control plane gets as far as that. */
  readonly text?: RegExp | undefined;
}

interface Play {
  readonly stage: Stage;
  readonly served: ServeCommand;
  readonly rows: Rows;
}

/** One process of each client that can show this, on the control plane. */
function openShowing({ clients, folder }: Stage, { port }: ServeCommand, shown: Shown): Promise<Team> {
  const able = clients.filter(({ shows }) => shows.includes(shown.kind));
  return openTeam(able, { server: port, services: [ECHO], folder, rate: RATE, shown });
}

/** Answered since its start, and known by its name. */
async function admitted(
  { stage, served }: Pick<Play, 'stage' | 'served'>,
  team: Team,
  { scenario, user }: { readonly scenario: Scenario; readonly user: string | undefined },
): Promise<void> {
  const first = await firstAnswers(team, { timeoutMs: START_MS, signal: stage.context.signal });
  const fromMs = epochMs();
  await pause(AFTER_MS, undefined, { signal: stage.context.signal });
  const { calls } = await callsDuring(team, fromMs, stage.context);
  const connected = await served.clients();
  for (const [name, { startedMs }] of team) {
    const all = calls.get(name) ?? [];
    const failed = all.filter(({ code }) => code !== 0);
    const users = new Set(connected.filter(({ node }) => node === nodeIdOf(name)).map((each) => each.user));
    const known = user === undefined || users.has(user);
    const atMs = first.get(name);
    const answered = atMs === undefined ? 'never answered' : `after ${Math.round(atMs - startedMs)} ms`;
    stage.found(scenario, name, {
      holds: atMs !== undefined && all.length > 0 && failed.length === 0 && known,
      expected: `an answer, then 0 failed${user === undefined ? '' : `, known as ${user}`}`,
      got: `${answered}, then ${failed.length} failed${user === undefined ? '' : known ? `, known as ${user}` : `, known as ${[...users].join(', ') || 'nobody'}`}`,
    });
  }
}

/** No call was answered since the team is there, and the log says why. */
function closed({ stage, served }: Pick<Play, 'stage' | 'served'>, team: Team, refused: Refused): void {
  const { scenario, log: wanted, text } = refused;
  const log = served.log();
  const proxies = new Set(stage.clients.filter(({ proxy }) => proxy === true).map(({ name }) => name));
  for (const [name, calls] of takeAll(team)) {
    // Who calls through a proxy is not told what the control plane said to that.
    const heard = { wanted, log, text: proxies.has(name) ? undefined : text };
    stage.found(scenario, name, judgeClosed(calls, heard));
  }
}

/** Nothing is answered without the right; with it, soon. */
async function healed({ stage, rows }: Play, team: Team, account: string): Promise<void> {
  const { cluster, context } = stage;
  const before = takeAll(team);
  const givenMs = epochMs();
  await cluster.sandbox.apply(rightManifest(account));
  await pause(HEALED_MS, undefined, { signal: context.signal });
  const { calls } = await callsDuring(team, givenMs, context);
  for (const [name, all] of calls) {
    const nothing = judgeClosed(before.get(name) ?? []);
    const then = judgeStart(all, givenMs, HEALED_MS);
    stage.found(rows.later, name, {
      holds: nothing.holds && then.holds,
      expected: `${nothing.expected}, then ${then.expected}`,
      got: `${nothing.got}; with the right: ${then.got}`,
    });
  }
}

/** Who may, who gets the right later, and who is refused. */
interface Cast {
  readonly account: string;
  readonly may: Shown;
  readonly laterAccount: string;
  readonly later: Shown;
  readonly wrong: Shown;
  /** What becomes of the last. */
  readonly refusal: Omit<Refused, 'scenario'>;
}

/** All three at the same time. */
async function perform(play: Play, cast: Cast): Promise<void> {
  const { stage, served, rows } = play;
  await withTeam(openShowing(stage, served, cast.wrong), (wrongs) =>
    withTeam(openShowing(stage, served, cast.later), async (laters) => {
      const startedMs = epochMs();
      await withTeam(openShowing(stage, served, cast.may), (mays) =>
        admitted(play, mays, { scenario: rows.may, user: userOf(cast.account) }),
      );
      const restMs = Math.max(0, startedMs + MISSING_MS - epochMs());
      await pause(restMs, undefined, { signal: stage.context.signal });
      closed(play, wrongs, { scenario: rows.wrong, ...cast.refusal });
      await healed(play, laters, cast.laterAccount);
    }),
  );
}

/** Has `fairlead xds serve` with TLS and these flags for as long as `use` takes. */
async function withServe(
  { cluster }: Stage,
  { server }: Identities,
  flags: readonly string[],
  use: (served: ServeCommand) => Promise<void>,
): Promise<void> {
  const tls = ['--tls-cert', server.certFile, '--tls-key', server.keyFile];
  const served = await startServe(['--kubeconfig', cluster.kubeconfig, ...tls, ...flags]);
  try {
    await use(served);
  } finally {
    await served.close();
  }
}

/** A token that is not sent, because nobody said that it may be. */
async function bare(stage: Stage, served: ServeCommand, shown: Shown): Promise<void> {
  const clients = stage.clients.filter(({ name }) => WITH_VARIABLE.includes(name));
  await withTeam(openShowing({ ...stage, clients }, served, shown), async (team) => {
    const refusal = 'a ServiceAccount token with the audience fairlead is needed';
    await pause(BARE_MS, undefined, { signal: stage.context.signal });
    closed({ stage, served }, team, { scenario: BARE, log: refusal, text: UNAUTHENTICATED });
  });
}

/** Who clients are to a control plane that asks. */
export async function securityScenarios(stage: Stage): Promise<void> {
  const { cluster, folder } = stage;
  const identities = createIdentities(cluster, folder);
  const [account, one, other] = ['app', 'later-by-token', 'later-by-certificate'];
  await cluster.sandbox.apply([account, one, other].map(accountManifest).join('') + rightManifest(account));
  const token = await identities.token(account);
  await withServe(stage, identities, [], async (served) =>
    perform(
      { stage, served, rows: TOKEN },
      {
        ...{ account, may: token, laterAccount: one, later: await identities.token(one) },
        wrong: await identities.token(account, 'elsewhere'),
        refusal: { log: 'the token is not a valid one with the audience fairlead', text: UNAUTHENTICATED },
      },
    ),
  );
  await withServe(stage, identities, ['--client-ca', identities.ca], (served) =>
    perform(
      { stage, served, rows: CERTIFICATE },
      {
        ...{ account, may: identities.certificate(account) },
        ...{ laterAccount: other, later: identities.certificate(other) },
        ...{ wrong: identities.forged(account), refusal: { log: 'of no authority that is known here' } },
      },
    ),
  );
  await withServe(stage, identities, ['--open'], (served) =>
    withTeam(openShowing(stage, served, identities.nothing), (team) =>
      admitted({ stage, served }, team, { scenario: OPEN, user: undefined }),
    ),
  );
  await withServe(stage, identities, [], (served) => bare(stage, served, { ...token, withVariable: false }));
}
