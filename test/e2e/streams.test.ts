import { channelOptions, type Imbalance, onImbalance, register } from '@fairlead/client';
import { echoDefinition, type SayReply, type SayRequest } from '@fairlead/sandbox/echo';
import { type ClientDuplexStream, credentials, makeClientConstructor, status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Bench, echoManifest, faults, NAMESPACE, openBench, TARGET, until } from './harness.js';

const PODS = 3;
const CONVERSATIONS = 30;
const EchoClient = makeClientConstructor(echoDefinition, 'Echo');
const { path, requestSerialize, responseDeserialize } = echoDefinition.Stream;
const HELLO = 'hello';

type Stream = ClientDuplexStream<SayRequest, SayReply>;

let bench: Bench;
let client: InstanceType<typeof EchoClient>;
let conversations: Conversation[];

/** Numbers go out one by one and must come back, whatever becomes of the stream that carries them. */
class Conversation {
  readonly asked: Imbalance['reason'][] = [];
  /** How streams ended that this side had not ended. */
  readonly broken: number[] = [];
  readonly unanswered = new Set<string>();
  pod = '';
  private current: Stream | null = null;
  private next = 0;
  private closed = false;
  private readonly timer: NodeJS.Timeout;

  constructor() {
    this.open();
    this.timer = setInterval(() => this.send(String(this.next++)), 40);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  close(): void {
    this.stop();
    this.closed = true;
    this.current?.cancel();
  }

  private send(text: string): void {
    this.unanswered.add(text);
    this.current?.write({ text });
  }

  /** The new stream takes over when it has answered; the old one is closed from this side, and brings what it owes. */
  private open(): void {
    const stream: Stream = client.makeBidiStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      onImbalance(({ reason }) => {
        this.asked.push(reason);
        this.open();
      }),
    );
    stream.on('data', ({ text, pod }: SayReply) => {
      if (text === HELLO) this.takeOver(stream, pod);
      else this.unanswered.delete(text);
    });
    stream.on('error', () => {});
    stream.on('status', ({ code }) => this.ended(stream, code));
    stream.write({ text: HELLO });
  }

  private takeOver(stream: Stream, pod: string): void {
    this.current?.end();
    if (this.current === null) for (const text of this.unanswered) stream.write({ text });
    this.current = stream;
    this.pod = pod;
  }

  private ended(stream: Stream, code: number): void {
    if (this.closed || code === status.OK) return;
    this.broken.push(code);
    if (stream === this.current) this.current = null;
    if (this.current === null) setTimeout(() => this.closed || this.open(), 100);
  }
}

beforeAll(async () => {
  bench = await openBench();
  await bench.cluster.apply(echoManifest(PODS));
  await until('the deployment is up', () => bench.rolledOut());
  register();
});

afterAll(() => bench?.close());

beforeEach(async () => {
  client = new EchoClient(TARGET, credentials.createInsecure(), {
    ...channelOptions({ policy: { streams: { spreadMs: 500 } } }),
    'fairlead.kubeconfig': bench.cluster.kubeconfig,
  });
  conversations = Array.from({ length: CONVERSATIONS }, () => new Conversation());
  await until('streams are even', isEven);
});

afterEach(() => {
  for (const each of conversations) each.close();
  client.close();
});

function spread(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { pod } of conversations) counts.set(pod, (counts.get(pod) ?? 0) + 1);
  return counts;
}

/** All have been answered, and each pod by as many. */
const isEven = (): boolean =>
  spread().size === PODS &&
  conversations.every(({ pod }) => pod !== '') &&
  [...spread().values()].every((count) => count === CONVERSATIONS / PODS);

async function allAnswered(): Promise<void> {
  for (const each of conversations) each.stop();
  await until('every number came back', () => conversations.every(({ unanswered }) => unanswered.size === 0));
}

it('a rolling update breaks no stream: each is asked to go before its pod does, and no message is lost', async () => {
  const before = new Set(spread().keys());
  await bench.restart();
  await until('streams are on new pods', () => [...spread().keys()].every((pod) => !before.has(pod)), 90_000);
  await until('streams are even', isEven);
  await allAnswered();
  expect(conversations.flatMap(({ broken }) => broken)).toEqual([]);
  for (const { asked } of conversations) expect(asked.length).toBeGreaterThan(0);
  expect(conversations.flatMap(({ asked }) => asked)).toContain('terminating');
});

it('streams of a pod that dies are opened elsewhere, and it gets its part back when it is there again', async (context) => {
  const { killPod } = faults(context, bench.cluster, 'killPod');
  const [victim = ''] = spread().keys();
  await killPod(NAMESPACE, victim);
  await until('streams have left', () => !spread().has(victim));
  await until('streams are even again', isEven);
  await allAnswered();
  expect(conversations.filter(({ broken }) => broken.length > 0)).toHaveLength(CONVERSATIONS / PODS);
  expect(conversations.flatMap(({ asked }) => asked)).toContain('imbalance');
});
