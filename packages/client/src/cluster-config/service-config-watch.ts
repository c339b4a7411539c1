import type { Clock, ServiceView, Target, Watch } from '@fairlead/discovery';
import type { ObjectView } from '@fairlead/discovery/kubernetes';
import type { ClusterApi } from '../clusters/clusters.js';
import { messageOf } from '../errors.js';
import type { TroubleLog } from '../log.js';
import type { ConfigMapFields, ConfigMapName, ConfigMaps } from './config-maps.js';
import { configEvent, postEvent, problemId } from './event.js';
import type { PolicyCheck, Problem, Settings } from './place.js';
import { ServiceSettings } from './settings.js';

export interface ServiceConfigWatchOptions {
  readonly api: ClusterApi;
  readonly configMaps: ConfigMaps;
  /** The Service whose clients are configured. */
  readonly target: Target;
  readonly configMap: ConfigMapName | undefined;
  readonly registry: PolicyCheck;
  readonly log: TroubleLog;
  readonly clock: Clock;
  /** A value was refused, for the metrics. */
  readonly onRejected: () => void;
  /** What holds, or whether everything was looked at, is another. */
  readonly onChange: () => void;
}

type View = ServiceView | ObjectView<ConfigMapFields>;

/** Follows what the cluster says about the clients of one Service, and says what of it is not accepted. */
export class ServiceConfigWatch {
  readonly #options: ServiceConfigWatchOptions;
  readonly #settings: ServiceSettings;
  readonly #service: Watch;
  readonly #leaveConfigMap: () => void;
  #uid: string | undefined;
  /** Problems that no Event was made of yet: it needs the Service's uid, or "kubectl describe" does not show it. */
  #unposted: Problem[] = [];
  #isServiceKnown = false;
  #isConfigMapKnown: boolean;
  #current: Settings = {};
  #closed = false;

  /** Starts at once. */
  constructor(options: ServiceConfigWatchOptions) {
    const { api, configMaps, configMap, registry, target } = options;
    this.#options = options;
    this.#settings = new ServiceSettings({
      service: target,
      configMap,
      registry,
      onProblem: (problem) => this.#report(problem),
    });
    this.#isConfigMapKnown = configMap === undefined;
    this.#service = api.readService(target, (view) => this.#onService(view));
    this.#leaveConfigMap =
      configMap === undefined ? () => {} : configMaps.read(configMap, (view) => this.#onConfigMap(view));
  }

  get current(): Settings {
    return this.#current;
  }

  /** What of it is not accepted, as it stands now. */
  get problems(): readonly Problem[] {
    return this.#settings.problems;
  }

  /** Every place was looked at, if only to find that it may not be read. */
  get ready(): boolean {
    return this.#isServiceKnown && this.#isConfigMapKnown;
  }

  /** Idempotent. */
  close(): void {
    this.#closed = true;
    this.#service.close();
    this.#leaveConfigMap();
  }

  #onService(view: ServiceView): void {
    if (view.kind === 'found') this.#uid = view.uid;
    if (this.#isReadable(view, 'the annotations of the Service')) {
      this.#settings.takeAnnotations(view.kind === 'found' ? (view.annotations ?? {}) : {});
    }
    const wasReady = this.ready;
    this.#isServiceKnown ||= view.kind !== 'pending';
    this.#tell(wasReady);
  }

  #onConfigMap(view: ObjectView<ConfigMapFields>): void {
    if (this.#isReadable(view, 'the ConfigMap')) {
      this.#settings.takeConfigMap(view.kind === 'found' ? view.data : {});
    }
    const wasReady = this.ready;
    this.#isConfigMapKnown ||= view.kind !== 'pending';
    this.#tell(wasReady);
  }

  /** What cannot be read leaves what is known; why is said once. */
  #isReadable(view: View, what: string): boolean {
    if (view.kind === 'unreadable') {
      const { log, target } = this.#options;
      const msg = `${what} cannot be read, going on without its configuration`;
      log.once(`cluster config ${what} ${view.why}`, msg, { target: target.text, error: view.why });
    }
    return view.kind === 'found' || view.kind === 'missing';
  }

  #tell(wasReady: boolean): void {
    if (this.#isServiceKnown) for (const problem of this.#unposted.splice(0)) void this.#postEvent(problem);
    const before = this.#current;
    this.#current = this.#settings.current;
    const same = before.policy === this.#current.policy && before.methodConfig === this.#current.methodConfig;
    if (!this.#closed && (!same || wasReady !== this.ready)) this.#options.onChange();
  }

  #report(problem: Problem): void {
    const { log, target, onRejected } = this.#options;
    const service = `${target.namespace}/${target.service}`;
    const msg = 'a configuration from the cluster is not accepted, the last good one stays';
    const fields = { service, place: problem.place, error: problem.message };
    log.once(`cluster config ${problemId(problem, service)}`, msg, fields);
    onRejected();
    this.#unposted.push(problem);
  }

  /** The right to make Events is nobody's duty to give: without it there is the log. */
  async #postEvent(problem: Problem): Promise<void> {
    const { api, clock, log, target } = this.#options;
    const subject = { namespace: target.namespace, service: target.service, uid: this.#uid };
    try {
      await postEvent(api.client, configEvent(subject, problem, clock.now()));
    } catch (error) {
      log.debug('no Event was made of a configuration that is not accepted', { error: messageOf(error) });
    }
  }
}
