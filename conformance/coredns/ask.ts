import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Question } from './questions.js';

/** An answer as a foreign codec reads it: one text per record. */
export interface Answer {
  readonly rcode: string;
  readonly flags: readonly string[];
  readonly question: string;
  readonly answer: readonly string[];
  readonly authority: readonly string[];
  readonly extra: readonly string[];
  /** The OPT record; empty without one. */
  readonly edns: string;
  /** There was no answer, or it could not be read. */
  readonly error?: string;
}

/** Puts every question to every server; returns the answers in the order of questions, then of servers. */
export async function askAll(
  binary: string,
  servers: readonly string[],
  questions: readonly Question[],
): Promise<Answer[][]> {
  const child = spawn(binary, ['ask'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  const found: Answer[][] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { id, answers } = JSON.parse(line) as { id: number; answers: Answer[] };
    found[id] = answers;
  });
  child.stdin.on('error', () => {});
  for (const [id, question] of questions.entries()) {
    const { kind: _, ...rest } = question;
    const line = { transport: 'udp', class: 'IN', ...rest, id, servers };
    child.stdin.write(`${JSON.stringify(line)}\n`);
  }
  child.stdin.end();
  const [code] = await closed;
  if (code !== 0) throw new Error(`the questions were broken off with exit code ${code}`);
  return found;
}
