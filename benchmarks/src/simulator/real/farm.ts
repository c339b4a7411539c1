import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What the process of the servers says once all of them listen. */
export interface Hello {
  /** Of each fleet: `host:port` of its servers. */
  readonly fleets: readonly (readonly string[])[];
}

/** Fleets of servers of one scenario, all with the same fate, in a process of their own. */
export class Farm {
  readonly fleets: Hello['fleets'];
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess, { fleets }: Hello) {
    this.child = child;
    this.fleets = fleets;
  }

  /** Starts so many fleets; rejects when that is not possible. */
  static async start(scenario: string, fleets: number, seed: number): Promise<Farm> {
    const program = fileURLToPath(new URL('./servers.js', import.meta.url));
    const child = fork(program, [scenario, String(fleets), String(seed)]);
    const gone = once(child, 'exit').then(() => {
      throw new Error('the process of the servers ended');
    });
    const [hello] = (await Promise.race([once(child, 'message'), gone])) as [Hello];
    gone.catch(() => {});
    return new Farm(child, hello);
  }

  /** Lets the script of the scenario begin. */
  begin(): void {
    this.child.send('begin');
  }

  close(): void {
    this.child.disconnect();
  }
}
