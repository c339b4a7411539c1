import { resolve } from 'node:path';
import { type Clock, type Target, type Texts, type Watch, watchTexts } from '@fairlead/discovery';
import type { TroubleLog } from '../log.js';
import type { ConfigSubscription } from './cluster-configs.js';
import { problemId } from './event.js';
import { KeyedSettings } from './keyed-settings.js';
import { firstOf, type PolicyCheck, type Problem } from './place.js';

export interface FileConfigsHost {
  /** Option `configPath` of register(). */
  readonly path: string;
  /** Namespace of targets, and so of keys, that name none. */
  readonly namespace: () => string;
  readonly registry: PolicyCheck;
  readonly log: TroubleLog;
  readonly clock: Clock;
  /** A value for the clients of this target was refused. */
  readonly onRejected: (target: string) => void;
}

/**
 * Configuration from a folder or file, as a ConfigMap that is mounted into the pod: one watch for all channels, as long
 * as there is one. What was read last is remembered beyond that.
 */
export class FileConfigs {
  readonly #host: FileConfigsHost;
  readonly #path: string;
  readonly #services = new Map<string, KeyedSettings>();
  readonly #listeners = new Set<() => void>();
  #watch: Watch | null = null;
  /** It was looked at since somebody listens. */
  #ready = false;
  #texts: Texts | null = null;
  #trouble: string | null = null;

  constructor(host: FileConfigsHost) {
    this.#host = host;
    this.#path = resolve(host.path);
  }

  /** Follows what is said of a target's Service; `onChange` is never called inside. */
  open(target: Target, onChange: () => void): ConfigSubscription {
    const settings = this.#settingsOf(target);
    const listener = (): void => onChange();
    const isReady = (): boolean => this.#ready;
    this.#listeners.add(listener);
    this.#watch ??= this.#start();
    return {
      get current() {
        return firstOf(settings.all);
      },
      get problems() {
        return settings.problems;
      },
      get ready() {
        return isReady();
      },
      close: () => {
        if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#stop();
      },
    };
  }

  #settingsOf(target: Target): KeyedSettings {
    const id = `${target.namespace}/${target.service}`;
    const known = this.#services.get(id);
    if (known !== undefined) return known;
    const { namespace, registry } = this.#host;
    const settings = new KeyedSettings({
      name: this.#path,
      service: target,
      namespace: namespace(),
      registry,
      onProblem: (problem) => this.#report(target, problem),
    });
    this.#services.set(id, settings);
    if (this.#texts !== null) settings.take(this.#texts);
    return settings;
  }

  #start(): Watch {
    const observer = {
      onTexts: (texts: Texts) => this.#take(texts),
      onTrouble: (why: string) => this.#lose(why),
    };
    return watchTexts(this.#path, observer, this.#host);
  }

  #stop(): void {
    this.#watch?.close();
    this.#watch = null;
    this.#ready = false;
  }

  #take(texts: Texts): void {
    this.#texts = texts;
    this.#trouble = null;
    for (const settings of this.#services.values()) settings.take(texts);
    this.#tell();
  }

  /** What cannot be read leaves what is known; why is said once. */
  #lose(why: string): void {
    if (why !== this.#trouble) {
      const msg = 'the configuration cannot be read, going on with what is known until it can';
      this.#host.log.trouble(`file config ${why}`, msg, { path: this.#path, error: why });
    }
    this.#trouble = why;
    if (!this.#ready) this.#tell();
  }

  #tell(): void {
    this.#ready = true;
    for (const listener of [...this.#listeners]) if (this.#listeners.has(listener)) listener();
  }

  #report(target: Target, problem: Problem): void {
    const { log, onRejected } = this.#host;
    const service = `${target.namespace}/${target.service}`;
    const msg = 'a configuration from a file is not accepted, the last good one stays';
    const fields = { service, place: problem.place, error: problem.message };
    log.once(`file config ${problemId(problem, service)}`, msg, fields);
    onRejected(target.text);
  }
}
