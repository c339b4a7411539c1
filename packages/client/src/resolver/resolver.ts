import {
  authorityOf,
  type OpenedTarget,
  openTarget,
  parseAnyTarget,
  usableEndpoints,
  type Watch,
} from '@fairlead/discovery';
import { messageOf } from '../errors.js';
import type { ChannelOptions, Grpc, GrpcUri, Resolver, ResolverListener, StatusOr } from '../grpc.js';
import { type CarryingEndpoint, carryEndpoints } from '../handover/attributes.js';
import { contextAttributes } from '../handover/channel-context.js';
import { readChannelOptions } from '../options.js';
import type { Runtime } from '../registration/runtime.js';
import { chooseServiceConfig, type ServiceConfigChoice } from '../service-config.js';
import { type Answer, Answers } from './answers.js';
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
  private readonly choice: ServiceConfigChoice;
  private readonly serviceConfig: StatusOr<ServiceConfigChoice['config']>;
  /** One object for the life of the channel: attributes are compared by `===`. */
  private readonly attributes: Record<string, unknown>;
  private readonly answers: Answers;
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
    const { namespace, clusterDomain } = runtime.settings;
    const cluster = () => runtime.clusters.get(own);
    this.target = openTarget(text, { namespace, clusterDomain, cluster, local: runtime.local });
    this.checkAuthority(options);
    this.choice = this.choose(own.policy, options);
    if (this.choice.warning !== undefined) {
      runtime.log.once(`policy ${text} ${this.choice.policy}`, this.choice.warning, { target: text });
    }
    this.serviceConfig = grpc.experimental.statusOrFromValue(this.choice.config);
    this.attributes = contextAttributes(grpc, { target: text });
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
    this.answers.start();
    const observer = this.runtime.metrics.observe(this.target.text, this.answers);
    try {
      this.watch = this.runtime.outside(() => this.target.watch(observer, { ref: false }));
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
    if (this.watch !== null) {
      this.watch.close();
      this.watch = null;
      this.runtime.metrics.unobserve(this.target.text);
    }
    this.answers.stop();
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

  private choose(policy: unknown, options: ChannelOptions): ServiceConfigChoice {
    const { experimental } = this.grpc;
    const json = options['grpc.service_config'];
    const registered = this.runtime.settings.policy;
    return chooseServiceConfig(
      {
        ...(policy === undefined ? {} : { channelPolicy: policy }),
        ...(json === undefined ? {} : { serviceConfig: json }),
        ...(registered === undefined ? {} : { registerPolicy: registered }),
      },
      {
        check: (config) => void this.runtime.parseConfig(config),
        isRegistered: experimental.isLoadBalancerNameRegistered,
        parse: (entry) => void experimental.parseLoadBalancingConfig(entry),
        parseDuration: experimental.parseDuration,
      },
    );
  }

  private deliver(answer: Answer): void {
    try {
      this.listener(this.listOf(answer), this.attributes, this.serviceConfig, answer.note);
    } catch (error) {
      // A policy of grpc-js or of the application threw; the watch must survive it.
      this.runtime.log.trouble(`listener ${this.target.text}`, 'a load balancing policy threw', {
        target: this.target.text,
        policy: this.choice.policy,
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
    const endpoints = this.choice.ours ? answer.endpoints : usableEndpoints(answer);
    const list = carryEndpoints(endpoints, this.endpoints);
    this.endpoints = list;
    return experimental.statusOrFromValue(list);
  }
}
