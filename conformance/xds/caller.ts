import { waitFor } from '#commands/wait.js';
import type { Call } from '../peers/figures.js';
import { epochMs } from '../peers/observer.js';
import { type Command, type Program, startProgram } from '../peers/program.js';

/** One call of a client, with the text of its failure and which of its targets was called. */
export interface XdsCall extends Call {
  readonly text: string;
  readonly target: number;
}

/** A client process that calls at a steady rate until it is closed. */
export interface Caller {
  /** What it is made of, by name: its own first words. */
  readonly versions: Readonly<Record<string, string>>;
  /** When its first process was started (epoch ms). */
  readonly startedMs: number;
  /** The calls that ended since the last `take`. */
  take(): XdsCall[];
  /** Calls per second from now on. */
  setRate(perSecond: number): void;
  /** Stops and continues the process that speaks xDS, as a client that does not get the processor. */
  freeze(): void;
  thaw(): void;
  /** Rejects when a process ended by itself meanwhile, with what it said last. */
  close(): Promise<void>;
}

/** What a client is started with. */
export interface Launch {
  /** The client itself. */
  readonly client: Command;
  /** A proxy that speaks xDS for it, which says its process id first; it is ready when calls are answered or refused. */
  readonly proxy?: Command | undefined;
  /** It may end by itself: what it makes of things is not judged. */
  readonly informative?: true | undefined;
  /** Versions of what cannot say them itself. */
  readonly versions?: Readonly<Record<string, string>>;
}

/** One line of what a client says. */
interface Line {
  readonly versions?: Readonly<Record<string, string>>;
  /** Started and ended (epoch ms), status code, pod, text of a failure, index of the target. */
  readonly calls?: readonly (readonly [number, number, number, string, string, number])[];
}

function readCalls(line: string): XdsCall[] {
  const { calls } = JSON.parse(line) as Line;
  return (calls ?? []).map(([startMs, endMs, code, pod, text, target]) => ({
    ...{ startMs, endMs, code, pod, text, target },
  }));
}

/** Starts a client; rejects with its words when it cannot start. */
async function startCaller({ client, proxy, informative, versions = {} }: Launch): Promise<Caller> {
  const programs: Program[] = [];
  const startedMs = epochMs();
  const close = async (): Promise<void> => {
    // The client first: its proxy is in use until then.
    for (const each of programs.splice(0).reverse())
      await each.close().catch((error: unknown) => (informative ? undefined : Promise.reject(error)));
  };
  try {
    if (proxy !== undefined) programs.push(await startProgram(proxy));
    const program = await startProgram(client);
    programs.push(program);
    let calls: XdsCall[] = [];
    program.onLine((line) => void calls.push(...readCalls(line)));
    const reader = proxy === undefined ? program.pid : Number(programs[0]?.first);
    return {
      startedMs,
      versions: { ...versions, ...(JSON.parse(program.first) as Line).versions },
      take() {
        const taken = calls;
        calls = [];
        return taken;
      },
      setRate: (perSecond) => program.say(String(perSecond)),
      freeze: () => void process.kill(reader, 'SIGSTOP'),
      thaw: () => void process.kill(reader, 'SIGCONT'),
      close,
    };
  } catch (error) {
    await close().catch(() => {});
    throw error;
  }
}

/** Clients that run side by side, by name. */
export type Team = ReadonlyMap<string, Caller>;

/** Starts all of them; when one cannot start, none is left. */
export async function startTeam(launches: ReadonlyMap<string, Launch>): Promise<Team> {
  const team = new Map<string, Caller>();
  try {
    for (const [name, launch] of launches) team.set(name, await startCaller(launch));
    return team;
  } catch (error) {
    await closeTeam(team).catch(() => {});
    throw error;
  }
}

export async function closeTeam(team: Team): Promise<void> {
  const ends = await Promise.allSettled([...team.values()].map((caller) => caller.close()));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** What every client has said since it was asked last. */
export const takeAll = (team: Team): Map<string, XdsCall[]> =>
  new Map([...team].map(([name, caller]) => [name, caller.take()]));

/** Waits until a call of every client was answered; returns when the first of each was (epoch ms). */
export async function firstAnswers(
  team: Team,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Map<string, number>> {
  const answered = new Map<string, number>();
  const all = (): boolean => {
    for (const [name, calls] of takeAll(team)) {
      const first = calls.find(({ code }) => code === 0);
      if (first !== undefined && !answered.has(name)) answered.set(name, first.endMs);
    }
    return answered.size === team.size;
  };
  await waitFor('every client was answered', all, { timeoutMs, signal }).catch(() => {});
  return answered;
}
