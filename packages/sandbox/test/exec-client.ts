import { WebSocket } from 'ws';

/** What came out of a command, and how it ended. */
export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  // biome-ignore lint/suspicious/noExplicitAny: a Status is looked into by the tests themselves
  readonly status: any;
}

export interface ExecClient {
  readonly protocol: string;
  /** What has come on the standard output so far. */
  stdout(): string;
  send(channel: number, data: string | Buffer): void;
  /** Leaves without a word. */
  leave(): void;
  readonly ended: Promise<Ended>;
}

interface ExecClientOptions {
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
  readonly headers?: Record<string, string>;
  readonly protocols?: string[];
}

/** An HTTP answer instead of an upgrade. */
class Refused extends Error {
  readonly code: number;

  constructor(code: number, text: string) {
    super(text);
    this.code = code;
  }
}

/** Speaks the channels of `pods/exec` over WebSocket, as kubectl does. */
export function openExec(url: string, options: ExecClientOptions): Promise<ExecClient> {
  const { protocols = ['v5.channel.k8s.io'], ...tls } = options;
  const socket = new WebSocket(url, protocols, { ...tls, rejectUnauthorized: true });
  const channels: Buffer[][] = [[], [], [], []];
  const text = (channel: number): string => Buffer.concat(channels[channel] ?? []).toString();
  socket.on('message', (message: Buffer) => channels[message[0] ?? 0]?.push(message.subarray(1)));
  const ended = new Promise<Ended>((resolve) => {
    socket.once('close', () =>
      resolve({ stdout: text(1), stderr: text(2), status: text(3) === '' ? undefined : JSON.parse(text(3)) }),
    );
  });
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('unexpected-response', (_request, answer) => {
      let body = '';
      answer.on('data', (chunk) => {
        body += chunk;
      });
      answer.on('end', () => reject(new Refused(answer.statusCode ?? 0, body)));
    });
    socket.once('open', () =>
      resolve({
        protocol: socket.protocol,
        stdout: () => text(1),
        send: (channel, data) => socket.send(Buffer.concat([Buffer.of(channel), Buffer.from(data)])),
        leave: () => socket.terminate(),
        ended,
      }),
    );
  });
}
