import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Answer, Command, Hello, Placement, Request } from './commands.js';
import { NAMESPACE } from './slices.js';

/** Half of 127.0.0.0/8 is left to others; a block of its own keeps two runs apart. */
function randomBlock(): number {
  return 128 + Math.floor(Math.random() * 100);
}

function kubeconfigOf(api: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'bench', cluster: { server: api } }],
    contexts: [{ name: 'bench', context: { cluster: 'bench', namespace: NAMESPACE } }],
    'current-context': 'bench',
  });
}

/** The backend process as the benchmark sees it. */
export class Backend {
  /** Path of a kubeconfig that leads to its API server. */
  readonly kubeconfig: string;
  readonly hello: Hello;
  private readonly child: ChildProcess;
  private readonly dir: string;
  private readonly block: number;
  private readonly waiting = new Map<number, (result: number) => void>();
  private requests = 0;
  /** The first address is open from the beginning. */
  private hosts = 1;
  private closing = false;

  private constructor(child: ChildProcess, block: number, hello: Hello) {
    this.child = child;
    this.block = block;
    this.hello = hello;
    this.dir = mkdtempSync(join(tmpdir(), 'fairlead-bench-'));
    this.kubeconfig = join(this.dir, 'kubeconfig');
    writeFileSync(this.kubeconfig, kubeconfigOf(hello.api));
    process.once('exit', () => this.close());
    child.on('message', (answer: Answer) => {
      if (answer.kind !== 'result') return;
      this.waiting.get(answer.id)?.(answer.result);
      this.waiting.delete(answer.id);
    });
    child.on('exit', () => {
      if (this.closing) return;
      console.error('the backend process ended');
      process.exit(1);
    });
  }

  static start(): Promise<Backend> {
    const block = randomBlock();
    const child = fork(fileURLToPath(new URL('./main.js', import.meta.url)), [`127.${block}.0.1`]);
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', () => reject(new Error('the backend process did not start')));
      child.once('message', (answer: Answer) => {
        if (answer.kind === 'hello') resolve(new Backend(child, block, answer.hello));
      });
    });
  }

  /** `host:port` of an address, as grpc-js names a peer. */
  peer(host: string): string {
    return `${host}:${this.hello.port}`;
  }

  /** Addresses that no Service had before; nobody listens on them. */
  nextHosts(count: number): string[] {
    return Array.from({ length: count }, () => {
      const index = ++this.hosts;
      return `127.${this.block}.${index >> 8}.${index & 255}`;
    });
  }

  /** Addresses that no Service had before, open for calls; `reports`: their servers report their load. */
  async openHosts(count: number, reports = false): Promise<string[]> {
    const hosts = this.nextHosts(count);
    await this.ask({ kind: 'listen', hosts, reports });
    return hosts;
  }

  async define(service: string, hosts: readonly string[]): Promise<void> {
    await this.ask({ kind: 'define', service, hosts });
  }

  add(service: string, host: string, placement: Placement): void {
    this.post({ command: { kind: 'add', service, host, placement } });
  }

  remove(service: string, host: string): void {
    this.post({ command: { kind: 'remove', service, host } });
  }

  touch(service: string): void {
    this.post({ command: { kind: 'touch', service } });
  }

  /** When the last event of the Service was written; asked after the measurement, so that it does not disturb it. */
  writtenAtMs(service: string): Promise<number> {
    return this.ask({ kind: 'writtenAt', service });
  }

  /** Ends the process and removes its files; also done when this process exits. */
  close(): void {
    this.closing = true;
    this.child.kill();
    rmSync(this.dir, { recursive: true, force: true });
  }

  private ask(command: Command): Promise<number> {
    const id = ++this.requests;
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      this.post({ id, command });
    });
  }

  private post(request: Request): void {
    this.child.send(request);
  }
}
