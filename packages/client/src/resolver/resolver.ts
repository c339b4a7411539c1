import {
  authorityOf,
  type OpenedTarget,
  openTarget,
  parseAnyTarget,
  usableEndpoints,
  type Watch,
} from '@fairlead/discovery';
import type { AccessChoice, ClusterApi } from '../clusters/clusters.js';
import { messageOf } from '../errors.js';
import type { ChannelOptions, Grpc, GrpcUri, Resolver, ResolverListener, StatusOr } from '../grpc.js';
import { type CarryingEndpoint, carryEndpoints } from '../handover/attributes.js';
import { type ChannelContext, contextAttributes } from '../handover/channel-context.js';
import { readChannelOptions } from '../options.js';
import type { Runtime } from '../registration/runtime.js';
import { type Answer, Answers } from './answers.js';
import { ChannelConfig } from './channel-config.js';
import { answerTexts } from './texts.js';

/** What the static and the instance side of a resolver class share. */
export interface ResolverHost {
  readonly grpc: Grpc;
  readonly runtime: Runtime;
}

/** The authority that grpc-js is told before the channel's own credentials are known. */
function registeredAuthority(text: string, { settings, clusters }: Runtime): string {
  const { clusterDomain } = settings;
  const parsed = parseAnyTarget(text, { clusterDomain });
  if (parsed.kind !== 'kubernetes') return authorityOf(parsed);
  const namespace = settings.namespace ?? clusters.defaultNamespace();
  return authorityOf(parseAnyTarget(text, { namespace, clusterDomain }));
}

/**
 * `:authority` and TLS name of a target. grpc-js asks for it before it makes the resolver and without the channel's
 * options, so a target without a namespace gets the one of the registered credentials.
 */
export function defaultAuthority({ grpc, runtime }: ResolverHost, uri: GrpcUri): string {
  const text = grpc.experimental.uriToString(uri);
  runtime.proxyCheck.expect(text);
  return registeredAuthority(text, runtime);
}

/**
 * The resolver of one channel: a watch that pushes. The watch itself is shared by all channels of the process; what
 * is of the channel's own is the service config, which it alone decides, and when the channel is told what.
 */
export class TargetResolver implements Resolver {
  private readonly grpc: Grpc;
  private readonly runtime: Runtime;
  private readonly listener: ResolverListener;
  private readonly target: OpenedTarget;
  private readonly access: AccessChoice;
  private readonly config: ChannelConfig;
  /** One object for the life of the channel: attributes are compared by `===`. */
  private readonly attributes: Record<string, unknown>;
  private readonly context: ChannelContext;
  private readonly answers: Answers;
  /** What the channel shall be told when its config is ready. */
  private answer: Answer | null = null;
  private told: { readonly answer: Answer; readonly status: ChannelConfig['status'] } | null = null;
  private endpoints: readonly CarryingEndpoint[] = [];
  private watch: Watch | null = null;

  /** Throws for a target, an option or a service config that cannot work: that is inside `new Client(…)`. */
  constructor(
    { grpc, runtime }: ResolverHost,
    uri: GrpcUri,
    listener: ResolverListener,
    options: ChannelOptions,
  ) {
    this.grpc = grpc;
    this.runtime = runtime;
    this.listener = listener;
    const text = grpc.experimental.uriToString(uri);
    runtime.proxyCheck.reached(text);
    runtime.channelMade();
    const own = readChannelOptions(options);
    this.access = own;
    const { namespace, clusterDomain } = runtime.settings;
    const cluster = () => runtime.clusters.get(own);
    this.target = openTarget(text, { namespace, clusterDomain, cluster, local: runtime.local });
    this.checkAuthority(options);
    this.config = new ChannelConfig({
      grpc,
      runtime,
      policy: own.policy,
      channelOptions: options,
      onChange: () => this.tell(),
    });
    const { warning, policy } = this.config.choice;
    if (warning !== undefined) runtime.log.once(`policy ${text} ${policy}`, warning, { target: text });
    this.answers = new Answers({
      clock: runtime.clock,
      firstAnswerMs: runtime.settings.firstAnswerMs,
      texts: answerTexts({
        target: this.target,
        maxStaleMs: runtime.settings.maxStaleMs,
        now: () => runtime.clock.now(),
      }),
      deliver: (answer) => this.deliver(answer),
    });
    const { answers, config } = this;
    this.context = {
      target: text,
      get view() {
        return { ...answers.heard, policy: config.choice.policy, rejected: config.rejected };
      },
    };
    this.attributes = contextAttributes(grpc, this.context);
  }

  /**
   * Called at start, after idleness, and whenever the balancer has lost a connection. A watch that runs is not started
   * again: it pushes what it hears, and if it hears nothing it may now look sooner.
   */
  updateResolution(): void {
    if (this.watch !== null) {
      this.watch.refresh?.();
      return;
    }
    this.runtime.copies.checkLater();
    this.runtime.openChannels.contexts.add(this.context);
    this.answers.start();
    const observer = this.runtime.metrics.observe(this.target.text, this.answers);
    try {
      this.watch = this.runtime.outside(() => {
        const watch = this.target.watch(observer, { ref: false });
        this.config.start(this.api(), this.target.service);
        return watch;
      });
    } catch (error) {
      // Thrown into grpc-js it would end the process. The next request of the channel tries again.
      this.runtime.metrics.unobserve(this.target.text);
      this.runtime.log.trouble(`watch ${this.target.text}`, 'the watch could not be started', {
        target: this.target.text,
        error: messageOf(error),
      });
    }
  }

  /** Not final: the same instance is started again when a channel that went idle gets a call. */
  destroy(): void {
    this.runtime.openChannels.contexts.delete(this.context);
    if (this.watch !== null) {
      this.watch.close();
      this.watch = null;
      this.runtime.metrics.unobserve(this.target.text);
    }
    this.config.stop();
    this.answers.stop();
    this.answer = null;
    this.told = null;
    this.endpoints = [];
  }

  /** The authority was made before the channel's own credentials were known. */
  private checkAuthority(options: ChannelOptions): void {
    if (options['grpc.default_authority'] !== undefined) return;
    const { text, authority: own } = this.target;
    const sent = registeredAuthority(text, this.runtime);
    if (own === sent) return;
    this.runtime.log.once(
      `authority ${text} ${own}`,
      `calls carry the authority "${sent}" although the channel's context means "${own}": write the namespace into the target, or set the channel option grpc.default_authority`,
      { target: text },
    );
  }

  private api(): ClusterApi | undefined {
    return this.target.service === undefined ? undefined : this.runtime.clusters.get(this.access).api;
  }

  private deliver(answer: Answer): void {
    this.answer = answer;
    const nearby = answer.kind === 'set' && this.isOfOwnCluster();
    if (nearby) this.runtime.whereabouts.look(answer.endpoints);
    this.tell();
    const api = nearby ? this.api() : undefined;
    if (api !== undefined) this.runtime.outside(() => this.runtime.whereabouts.ask(api.client));
  }

  /** Nodes of the cluster of register() are those that this process may run on. */
  private isOfOwnCluster(): boolean {
    const { kubeconfig, context } = this.access;
    return this.target.service !== undefined && kubeconfig === undefined && context === undefined;
  }

  private tell(): void {
    const { answer, config } = this;
    const { told } = this;
    if (answer === null || !config.ready) return;
    if (told?.answer === answer && told.status === config.status) return;
    this.told = { answer, status: config.status };
    try {
      this.listener(this.listOf(answer), this.attributes, config.status, answer.note);
    } catch (error) {
      // A policy of grpc-js or of the application threw; the watch must survive it.
      this.runtime.log.trouble(`listener ${this.target.text}`, 'a load balancing policy threw', {
        target: this.target.text,
        policy: config.choice.policy,
        error: messageOf(error),
      });
    }
  }

  private listOf(answer: Answer): StatusOr<CarryingEndpoint[]> {
    const { experimental, status } = this.grpc;
    if (answer.kind === 'failure') {
      return experimental.statusOrFromError({ code: status.UNAVAILABLE, details: answer.note });
    }
    // Foreign policies know nothing of conditions: they only see what may be picked.
    const endpoints = this.config.choice.ours ? answer.endpoints : usableEndpoints(answer);
    const list = carryEndpoints(endpoints, this.endpoints);
    this.endpoints = list;
    return experimental.statusOrFromValue(list);
  }
}
