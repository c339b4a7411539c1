import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What the benchmark asks of the process of the server. */
export type Command =
  | { readonly kind: 'set'; readonly addresses: readonly string[]; readonly ttlSeconds: number }
  | { readonly kind: 'count' };

/** What that process says. */
export type Answer =
  | { readonly kind: 'hello'; readonly port: number }
  /** All queries so far. */
  | { readonly kind: 'done'; readonly queries: number };

/** A DNS server in a process of its own. */
export class NameServer {
  readonly port: number;
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.child = child;
    this.port = port;
  }

  static async start(): Promise<NameServer> {
    const child = fork(fileURLToPath(new URL('./server.js', import.meta.url)));
    const [hello] = (await once(child, 'message')) as [Answer];
    if (hello.kind !== 'hello') throw new Error('the DNS server did not start');
    return new NameServer(child, hello.port);
  }

  /** What it answers from now on. */
  async set(addresses: readonly string[], ttlSeconds: number): Promise<void> {
    await this.ask({ kind: 'set', addresses, ttlSeconds });
  }

  /** Queries that it has got so far. */
  queries(): Promise<number> {
    return this.ask({ kind: 'count' });
  }

  close(): void {
    this.child.disconnect();
  }

  private async ask(command: Command): Promise<number> {
    const answered = once(this.child, 'message') as Promise<[Answer]>;
    this.child.send(command);
    const [answer] = await answered;
    return answer.kind === 'done' ? answer.queries : 0;
  }
}
