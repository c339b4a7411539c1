import type { ConnectionState } from '@fairlead/balancing';
import type {
  ChannelControlHelper,
  ChannelOptions,
  ConnectivityState,
  Grpc,
  GrpcEndpoint,
  LeafLoadBalancer,
  Picker,
  SubchannelInterface,
} from '../grpc.js';
import type { KnownCandidate } from '../handover/attributes.js';
import { noteReport, type ReportingServer, unknownServer } from '../load-reports/reporting-server.js';
import type { PickCell } from '../telemetry/pick-cells.js';
import type { PreparedPick } from './counted-call.js';

/** What a connection tells its balancer. */
export interface ConnectionOwner {
  readonly helper: ChannelControlHelper;
  onConnection(connection: Connection, state: ConnectionState, message: string | null): void;
}

/** `pick_first` wraps the reason in its own words; the resolution note is ours already. */
const LEAF_MESSAGE = /^No connection established\. Last error: (.*)\. Resolution note: .*$/s;

/**
 * The reason of a failed connection as grpc-js's leaf reports it, without the wrapping. Null: the leaf does not know
 * it, because its pooled subchannel had failed before the leaf was made.
 */
export function connectionError(message: string): string | null {
  const reason = LEAF_MESSAGE.exec(message)?.[1] ?? message;
  return reason === 'null' ? null : reason;
}

/** A state of grpc-js in the words of `balancing`. */
export function stateOf(grpc: Grpc, state: ConnectivityState): ConnectionState {
  switch (state) {
    case grpc.connectivityState.READY:
      return 'ready';
    case grpc.connectivityState.CONNECTING:
      return 'connecting';
    case grpc.connectivityState.TRANSIENT_FAILURE:
      return 'failed';
    default:
      return 'idle';
  }
}

type StateListener = Parameters<SubchannelInterface['addConnectivityStateListener']>[0];

/**
 * Keeps a subchannel that backs off until it does so no more. One that nobody holds connects all the same when its
 * backoff ends, and then nobody closes that connection; one that is held is closed by its pool soon after.
 */
function holdWhileFailed(grpc: Grpc, subchannel: SubchannelInterface): void {
  const { TRANSIENT_FAILURE } = grpc.connectivityState;
  if (subchannel.getConnectivityState() !== TRANSIENT_FAILURE) return;
  const listener: StateListener = (_subchannel, _before, state) => {
    if (state === TRANSIENT_FAILURE) return;
    subchannel.removeConnectivityStateListener(listener);
    subchannel.unref();
  };
  subchannel.ref();
  subchannel.addConnectivityStateListener(listener);
}

export interface ConnectionOptions {
  readonly grpc: Grpc;
  readonly owner: ConnectionOwner;
  readonly endpoint: GrpcEndpoint;
  readonly candidate: KnownCandidate;
  /** Channel options of the update that brought the endpoint; they become subchannel arguments. */
  readonly channelOptions: ChannelOptions;
  readonly cell: PickCell;
  readonly nowMs: number;
}

/**
 * The connection to one endpoint: a leaf of grpc-js (happy eyeballs over the addresses, backoff, reconnect) and the
 * helper that the leaf talks to. A leaf still reports after destroy(), when its happy-eyeballs timer fires; nothing
 * of that may reach the balancer.
 */
export class Connection implements ChannelControlHelper {
  readonly key: string;
  readonly leaf: LeafLoadBalancer;
  candidate: KnownCandidate;
  /** What picks of this endpoint return; to be dropped by whoever changes something that it was made of. */
  prepared: PreparedPick | null = null;
  state: ConnectionState = 'idle';
  /** Epoch ms. */
  stateSinceMs: number;
  /** Made anew with each connection: behind the next one there may be another server. */
  server: ReportingServer = unknownServer();
  /** The list that named this endpoint last. */
  generation = 0;
  private readonly grpc: Grpc;
  private readonly owner: ConnectionOwner;
  private countedIn: PickCell;
  /** What the leaf connects by: one for each address. */
  private subchannels: readonly SubchannelInterface[] = [];
  private closed = false;

  constructor(options: ConnectionOptions) {
    this.grpc = options.grpc;
    this.owner = options.owner;
    this.key = options.candidate.key;
    this.candidate = options.candidate;
    this.countedIn = options.cell;
    this.stateSinceMs = options.nowMs;
    this.leaf = new options.grpc.experimental.LeafLoadBalancer(
      options.endpoint,
      this,
      options.channelOptions,
      '',
    );
  }

  start(): void {
    this.leaf.startConnecting();
  }

  /**
   * Ends the backoff: there is news that the endpoint is up. Subchannels are pooled, so that a connection which is
   * made anew may begin in the middle of the backoff of the one before.
   */
  retry(): void {
    const { TRANSIENT_FAILURE } = this.grpc.connectivityState;
    for (const subchannel of this.subchannels) {
      if (subchannel.getConnectivityState() === TRANSIENT_FAILURE)
        subchannel.getRealSubchannel().resetBackoff();
    }
  }

  /** What it is connected through; null while it is not. */
  get readySubchannel(): SubchannelInterface | null {
    const { READY } = this.grpc.connectivityState;
    return this.subchannels.find((each) => each.getConnectivityState() === READY) ?? null;
  }

  /** Where calls to this endpoint are counted. */
  get cell(): PickCell {
    return this.countedIn;
  }

  set cell(cell: PickCell) {
    this.countedIn = cell;
    this.unprepare();
  }

  /** A call that asked `server` for a report has ended: whether there was one. */
  learned(server: ReportingServer, reports: boolean): void {
    if (noteReport(server, reports) && server === this.server) this.unprepare();
  }

  /** Calls in flight finish: the subchannel closes gracefully when its pool finds it unused. */
  close(): void {
    this.closed = true;
    this.unprepare();
    for (const subchannel of this.subchannels) holdWhileFailed(this.grpc, subchannel);
    this.leaf.destroy();
  }

  updateState(state: ConnectivityState, _picker: Picker, message: string | null): void {
    if (this.closed) return;
    this.unprepare();
    this.server = unknownServer();
    this.owner.onConnection(this, stateOf(this.grpc, state), message);
  }

  createSubchannel(...args: Parameters<ChannelControlHelper['createSubchannel']>): SubchannelInterface {
    const made = this.owner.helper.createSubchannel(...args);
    const others = this.subchannels.filter((each) => each.getAddress() !== made.getAddress());
    this.subchannels = [...others, made];
    return made;
  }

  requestReresolution(): void {
    if (!this.closed) this.owner.helper.requestReresolution();
  }

  addChannelzChild(...args: Parameters<ChannelControlHelper['addChannelzChild']>): void {
    this.owner.helper.addChannelzChild(...args);
  }

  removeChannelzChild(...args: Parameters<ChannelControlHelper['removeChannelzChild']>): void {
    this.owner.helper.removeChannelzChild(...args);
  }

  /** The next pick asks the leaf again. */
  private unprepare(): void {
    if (this.prepared === null) return;
    this.prepared.valid = false;
    this.prepared = null;
  }
}
