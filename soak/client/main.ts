// The process under test: an application with two clients under load and a watch of the same endpoints.
import { channelOptions, register } from '@fairlead/client';
import { type EndpointSet, type Watch, watchEndpoints } from '@fairlead/discovery';
import { Client, credentials } from '@grpc/grpc-js';
import { monotonicMs, waitFor } from '#commands/wait.js';
import { answerParent } from './asked-process.js';
import { createGauges } from './gauges.js';
import { hold } from './holdings.js';
import { moveDate } from './instruments.js';
import { Load } from './load.js';
import type { Answer, ClientName, ClientSettings, Command, Look, Message, View } from './messages.js';
import { openSockets } from './sockets.js';
import { Streams } from './streams.js';

/** The default would keep the watch for half a minute after the end. */
const LINGER_MS = 1_000;
/** Calls in flight at the end, their deadline included. */
const FINISH_MS = 30_000;

const settings: ClientSettings = JSON.parse(process.argv[2] ?? '{}');
const gauges = createGauges();

function send(message: Message): void {
  process.send?.(message);
}

/** What is published, and told as it changes. */
class Published {
  view: View = { atMs: monotonicMs(), endpoints: [], state: 'unknown' };
  readonly #watch: Watch;

  constructor() {
    const { target, kubeconfig } = settings;
    this.#watch = watchEndpoints(target, {
      kubeconfig,
      lingerMs: LINGER_MS,
      onSet: ({ endpoints }) => this.#tell({ endpoints: seen(endpoints) }),
      onState: ({ kind }) => this.#tell({ state: kind }),
    });
  }

  close(): void {
    this.#watch.close();
  }

  #tell(news: Partial<View>): void {
    // A first set that is live comes without a state.
    const state = news.endpoints !== undefined && this.view.state === 'unknown' ? 'live' : this.view.state;
    this.view = { ...this.view, state, ...news, atMs: monotonicMs() };
    send({ kind: 'view', view: this.view });
  }
}

function seen(endpoints: EndpointSet['endpoints']): View['endpoints'] {
  return endpoints.map(({ key, pod = '', node = '', ready, serving, terminating }) => {
    return { key, pod, node, ready, serving, terminating };
  });
}

/** Everything that is open while the process works. */
class Work {
  readonly published = new Published();
  readonly #clients: Record<ClientName | 'streaming', Client>;
  readonly #loads: Record<ClientName, Load>;
  readonly #streams: Streams;

  constructor() {
    // Streams count as calls in flight: on the channel of the calls, those would avoid their pods.
    this.#clients = {
      plain: this.#client(false),
      retrying: this.#client(true),
      streaming: this.#client(false),
    };
    this.#loads = { plain: this.#load('plain'), retrying: this.#load('retrying') };
    const { streams: count } = settings;
    const onEnded = (stream: Extract<Message, { kind: 'stream' }>['stream']): void =>
      send({ kind: 'stream', stream });
    this.#streams = new Streams({ client: this.#clients.streaming, count, onEnded });
  }

  look(mark: boolean): Look {
    const { plain, retrying } = this.#loads;
    const look: Look = {
      view: this.published.view,
      connections: gauges.read('fairlead.lb.connections', 'state'),
      connectedTo: openSockets().connectedTo,
      answered: { plain: plain.answered, retrying: retrying.answered },
      lastStartedMs: { ...plain.lastStartedMs },
      silentStreams: this.#streams.silent(),
      calls: plain.calls + retrying.calls,
      failed: plain.failed + retrying.failed,
      restarts: gauges.counted('fairlead.watch.restarts', 'reason'),
    };
    if (mark) for (const load of [plain, retrying]) load.mark();
    return look;
  }

  async close(): Promise<void> {
    const { plain, retrying } = this.#loads;
    for (const load of [plain, retrying]) load.stop();
    this.#streams.close();
    await waitFor('the calls in flight have ended', () => plain.idle && retrying.idle, {
      timeoutMs: FINISH_MS,
    });
    for (const client of Object.values(this.#clients)) client.close();
    this.published.close();
  }

  #client(retry: boolean): Client {
    const { target, keepalive } = settings;
    return new Client(target, credentials.createInsecure(), channelOptions({ retry, keepalive }));
  }

  #load(name: ClientName): Load {
    const { callsPerSecond, deadlineMs } = settings;
    const onFailed = (call: Extract<Message, { kind: 'failed' }>['call']): void =>
      send({ kind: 'failed', call });
    return new Load({ client: this.#clients[name], name, callsPerSecond, deadlineMs, onFailed });
  }
}

let work: Work | null = null;

async function perform(command: Command): Promise<Answer> {
  switch (command.kind) {
    case 'open': {
      const { kubeconfig } = settings;
      register({ kubeconfig, lingerMs: LINGER_MS, meterProvider: gauges.provider });
      work = new Work();
      return null;
    }
    case 'look':
      return work?.look(command.mark) ?? null;
    case 'hold':
      return hold();
    case 'moveDate':
      moveDate(command.ms);
      return null;
    case 'close':
      await work?.close();
      work = null;
      return null;
  }
}

answerParent(perform);
