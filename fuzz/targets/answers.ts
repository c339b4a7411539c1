import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { DiscoveryError } from '@fairlead/discovery';
import {
  type ClusterAccess,
  createKubeClient,
  type KubeClient,
  KubeError,
  type KubeObject,
  type RequestContext,
  toDiscoveryError,
} from '@fairlead/discovery/kubernetes';
import { kubeErrorFromStatus } from '#discovery/kubernetes/client/kube-error.js';
import { failureOf } from '#discovery/kubernetes/reflector/failure.js';
import { bytesForm } from '../forms/bytes.js';
import { holdOneLine } from '../judge/refusal.js';
import { recorded, recordedLines } from '../recordings.js';
import { type FuzzTarget, hold } from '../target.js';

const REF = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };
const GOOD = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 22\r\n\r\n{"metadata":{"a":"b"}}');
/** An answer that is not whole, and then nothing, is given up after this. */
const TIMEOUT_MS = 200;
/** Nothing may take longer than its own timeouts, with room for a busy machine. */
const MOST_MS = 10_000;

/** A server that answers any request with the same bytes, and then ends. */
class AnswerServer {
  answer: Buffer = GOOD;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server = createServer((socket) => {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    socket.once('data', () => socket.end(this.answer));
  });

  async start(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

function accessTo(port: number): ClusterAccess {
  return {
    server: `http://127.0.0.1:${port}`,
    namespace: 'default',
    insecure: false,
    origin: 'fuzz',
    user: 'fuzz',
    ca: () => undefined,
    credentials: async () => ({ token: 'a.b.c' }),
    invalidate() {},
  };
}

const context = (verb: string, client: KubeClient): RequestContext => ({
  verb,
  ref: REF,
  namespace: 'n',
  server: client.server,
});

function judgeError(error: unknown, context: RequestContext): void {
  if (!(error instanceof KubeError || error instanceof DiscoveryError)) throw error;
  holdOneLine(toDiscoveryError(error, context).message, 'the error');
  failureOf(error);
}

async function bounded(what: string, run: () => Promise<unknown>, judgeFailure: (error: unknown) => void) {
  const startMs = performance.now();
  try {
    await run();
  } catch (error) {
    judgeFailure(error);
  }
  hold(performance.now() - startMs < MOST_MS, `${what} takes too long`);
}

async function follow(client: KubeClient): Promise<void> {
  const stream = await client.watch(REF, { sameElementsOf: 'endpoints', idleMs: TIMEOUT_MS });
  for await (const event of stream) {
    hold(typeof event.object.metadata === 'object', 'an event without metadata');
    if (event.type === 'ERROR') judgeError(kubeErrorFromStatus(event.object), context('watch', client));
  }
}

/** A machine that is busy with other things may be late with any answer. */
async function goodAnswer(client: KubeClient): Promise<KubeObject> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await client.get(REF, 'a');
    } catch (error) {
      if (failureOf(error) !== 'unanswered' || attempt === 5) throw error;
    }
  }
}

async function judge(server: AnswerServer, client: KubeClient, answer: Buffer): Promise<void> {
  server.answer = answer;
  await bounded(
    'a watch',
    () => follow(client),
    (error) => judgeError(error, context('watch', client)),
  );
  const list = async (): Promise<void> => {
    const { items } = await client.list(REF);
    for (const item of items) hold(typeof item.metadata === 'object', 'an item without metadata');
  };
  await bounded('a list', list, (error) => judgeError(error, context('list', client)));
  await bounded(
    'a create',
    () => client.create(REF, { metadata: {} }),
    (error) => judgeError(error, context('create', client)),
  );
  server.answer = GOOD;
  const { metadata } = await goodAnswer(client);
  hold(metadata.a === 'b', 'a good answer is misread afterwards');
}

const http = (head: string, body: Buffer | string): Buffer =>
  Buffer.concat([Buffer.from(`HTTP/1.1 ${head}\r\n\r\n`), Buffer.from(body)]);
const STATUS = {
  kind: 'Status',
  metadata: { resourceVersion: '1' },
  status: 'Failure',
  message: 'too old resource version: 1 (5)',
  reason: 'Expired',
  details: {
    name: 'a',
    kind: 'b',
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'c' }],
    retryAfterSeconds: 1,
  },
  code: 410,
};

function chunked(text: string): Buffer {
  const pieces = text.match(/[\s\S]{1,700}/g) ?? [];
  return Buffer.from(
    `${pieces.map((piece) => `${Buffer.byteLength(piece).toString(16)}\r\n${piece}\r\n`).join('')}0\r\n\r\n`,
  );
}

/** What an API server, a proxy or anybody else answers the client of the Kubernetes API. */
export const answers: FuzzTarget<Buffer> = {
  name: 'answers',
  about:
    'any bytes as the answer to a watch, a list and a write: an error in one line, soon, and the next good answer is read',
  form: bytesForm(
    [
      ...[
        '\r\n',
        'HTTP/1.1 ',
        'content-encoding: gzip\r\n',
        'transfer-encoding: chunked\r\n',
        'content-length: 5\r\n',
      ],
      ...[
        'retry-after: 1\r\n',
        'connection: close\r\n',
        '401',
        '403',
        '410',
        '429',
        '500',
        '101',
        '204',
        '304',
        '100',
      ],
      ...[
        '"causes":{}',
        '"details":5',
        '"message":{}',
        '"metadata":[]',
        '"items":null',
        '"type":"ERROR"',
        '0\r\n\r\n',
      ],
    ].map((word) => Buffer.from(word)),
  ),
  seeds: () => {
    const watch = recordedLines('pod-unready').slice(0, 3).join('\n');
    const list = recorded('scale-up', 'list.json');
    const error = JSON.stringify({ type: 'ERROR', object: STATUS });
    const gzipped = gzipSync(list);
    return [
      http('200 OK\r\ntransfer-encoding: chunked', chunked(watch)),
      http('200 OK\r\ntransfer-encoding: chunked', chunked(`${error}\n`)),
      http('200 OK', `${error}\n`),
      http(`200 OK\r\ncontent-length: ${Buffer.byteLength(list)}`, list),
      http(`200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${gzipped.length}`, gzipped),
      http('410 Gone\r\ncontent-type: application/json', JSON.stringify(STATUS)),
      http(
        '403 Forbidden',
        JSON.stringify({ ...STATUS, code: 403, reason: 'Forbidden', message: 'User "u" cannot' }),
      ),
      http('429 Too Many Requests\r\nretry-after: 1', 'slow down'),
      http('502 Bad Gateway', '<html>\r\n<h1>502</h1></html>'),
      http('200 OK', '{"items":[{"metadata":{"name":"a"}}],"metadata":{"continue":"c"}}'),
      GOOD,
    ];
  },
  async open() {
    const server = new AnswerServer();
    const client = createKubeClient(accessTo(await server.start()), { timeoutMs: TIMEOUT_MS });
    return {
      check: (answer) => judge(server, client, answer),
      async close() {
        client.close();
        await server.close();
      },
    };
  },
};
