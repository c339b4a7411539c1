import { monotonicMs } from '#commands/wait.js';
import type { FailedCall } from '../client/messages.js';
import { type ClusterHistory, History } from '../oracle/history.js';
import type { Judge } from '../oracle/judge.js';
import type { SeenXds } from '../oracle/settle-xds.js';
import { Churn } from './churn.js';
import type { XdsClientSettings } from './client-messages.js';
import { XdsClientProcess } from './client-process.js';
import type { ControlPlanes } from './control-planes.js';
import { MessageReader } from './frames.js';
import type { Tap } from './front.js';
import { SOTW } from './protocol.js';
import { Told } from './told.js';
import { type Watcher, watchDelta, watchSotw } from './watcher.js';

export interface XdsClientsOptions {
  readonly planes: ControlPlanes;
  /** What is asked for: `service.namespace:port`. */
  readonly name: string;
  readonly settings: Omit<XdsClientSettings, 'id' | 'target'>;
  readonly cluster: ClusterHistory;
  readonly judge: Judge;
  onObjection(text: string): void;
}

interface Caller {
  readonly id: string;
  readonly told: Told;
  readonly process: XdsClientProcess;
}

interface Listener {
  readonly id: string;
  readonly told: Told;
  readonly watcher: Watcher;
}

const CALLERS = ['xds-1', 'xds-2'];

/**
 * Everybody who asks the control planes: two grpc-js-xds processes that call, whose streams are read on their way, and
 * bare streams of both protocols; at the elder, too, where others come and go.
 */
export class XdsClients {
  readonly #options: XdsClientsOptions;
  readonly #callers: Caller[] = [];
  readonly #listeners: Listener[] = [];
  #churn: Churn | null = null;

  constructor(options: XdsClientsOptions) {
    this.#options = options;
  }

  /** How many clients the elder has seen come and go. */
  get guests(): number {
    return this.#churn?.count ?? 0;
  }

  async open(): Promise<void> {
    const { planes, name, onObjection } = this.#options;
    for (const id of CALLERS) await this.#call(id);
    const { port } = await planes.front.open();
    const { port: elderPort } = await planes.elderFront.open();
    this.#listen('sotw', port);
    this.#listen('delta', port);
    this.#listen('sotw at the elder', elderPort);
    this.#listen('delta at the elder', elderPort);
    const onEmpty = (): void => this.#empty('a guest');
    this.#churn = new Churn({ port: elderPort, name, onEmpty, onObjection });
  }

  /** What each was told, and where it calls; with `mark` calls are counted anew from here. */
  look(mark = false): Promise<SeenXds[]> {
    const calling = this.#callers.map(async ({ id, told, process }) => {
      const look = await process.look(mark);
      return { name: id, told: told.endpoints, look };
    });
    const listening = this.#listeners.map(async ({ id, told }) => ({
      ...{ name: id, told: told.endpoints, look: null },
    }));
    return Promise.all([...calling, ...listening]);
  }

  /** Closes all of them; their processes live on. */
  async close(): Promise<void> {
    this.#churn?.close();
    for (const { watcher } of this.#listeners) watcher.close();
    for (const { process } of this.#callers) await process.close();
  }

  async end(): Promise<void> {
    this.#churn?.close();
    for (const { watcher } of this.#listeners) watcher.close();
    for (const { process } of this.#callers) await process.end();
  }

  async #call(id: string): Promise<void> {
    const { planes, name, settings, cluster, judge, onObjection } = this.#options;
    const history = new History(cluster);
    const told = this.#told(id, planes, history);
    const gate = await planes.front.open(() => tap(told));
    const listener = {
      onFailed: (call: FailedCall) => judge.call(call, history),
      onExit: onObjection,
    };
    const process = new XdsClientProcess({ ...settings, id, target: `xds:///${name}` }, gate.port, listener);
    this.#callers.push({ id, told, process });
    await process.open();
  }

  #listen(id: string, port: number): void {
    const { planes, name } = this.#options;
    const told = this.#told(id, id.includes('elder') ? null : planes);
    const watch = id.startsWith('sotw') ? watchSotw : watchDelta;
    this.#listeners.push({ id, told, watcher: watch({ port, id: id.replaceAll(' ', '-'), name, told }) });
  }

  /** `planes`: they may have to be silent. */
  #told(id: string, planes: ControlPlanes | null, history?: History): Told {
    const { onObjection } = this.#options;
    return new Told({
      onSpoken() {
        if (planes?.blind) onObjection(`${id} was answered by a control plane that cannot know anything`);
      },
      onEndpoints: (keys) => {
        history?.published(monotonicMs(), keys);
        if (keys.length === 0) this.#empty(id);
      },
      onObjection: (text) => onObjection(`${id} ${text}`),
    });
  }

  #empty(who: string): void {
    const { judge, cluster } = this.#options;
    judge.emptied(who, monotonicMs(), cluster);
  }
}

/** Reads a stream on its way. */
function tap(told: Told): Tap {
  const requests = new MessageReader('client', (bytes) => told.request(SOTW.requestDeserialize(bytes)));
  const responses = new MessageReader('server', (bytes) => told.sotw(SOTW.responseDeserialize(bytes)));
  return {
    onClientBytes: (bytes) => requests.push(bytes),
    onServerBytes: (bytes) => responses.push(bytes),
  };
}
