import { fallsOn } from '#commands/random.js';
import { waitFor } from '#commands/wait.js';
import { Front } from './front.js';
import { freePorts, Replica, type ReplicaOptions } from './replica.js';

const READY_MS = 60_000;
/** Connections end with their process. */
const CLOSED_MS = 3_000;

type SlotOptions = Omit<ReplicaOptions, 'ports'>;

/** The place of a replica, which comes and goes. */
export class Slot {
  readonly name: string;
  readonly #options: ReplicaOptions;
  readonly #front: Front;
  #replica: Replica | null = null;

  private constructor(options: ReplicaOptions, front: Front) {
    this.name = options.name;
    this.#options = options;
    this.#front = front;
  }

  static async create(options: SlotOptions, front: Front): Promise<Slot> {
    return new Slot({ ...options, ports: await freePorts() }, front);
  }

  /** Null while it is away. */
  get replica(): Replica | null {
    return this.#replica;
  }

  get load(): number {
    return this.#replica === null ? 0 : this.#front.load(this.#replica.place);
  }

  /** Resolves when it listens; clients may come from then on. */
  async start(): Promise<void> {
    this.#replica ??= await Replica.start(this.#options);
    this.#front.join(this.#replica.place);
  }

  kill(): Promise<void> {
    return this.#leave((replica) => replica.kill());
  }

  /** Ends it as it should end. */
  terminate(): Promise<void> {
    return this.#leave((replica) => replica.terminate());
  }

  async #leave(end: (replica: Replica) => Promise<void>): Promise<void> {
    const replica = this.#replica;
    if (replica === null) return;
    this.#front.leave(replica.place);
    await end(replica);
    // What it had said is read by then; a reset that was lost on the way would leave a connection for ever.
    const left = (): boolean => this.#front.load(replica.place) === 0;
    await waitFor('its connections have ended', left, { timeoutMs: CLOSED_MS }).catch(() =>
      this.#front.cut(replica.place),
    );
    this.#replica = null;
  }
}

interface Parts {
  readonly front: Front;
  readonly elderFront: Front;
  readonly slots: readonly Slot[];
  readonly elder: Slot;
}

/**
 * Two replicas behind one address that come and go, and a third behind an address of its own that stays: what it holds is
 * looked at over the whole run.
 */
export class ControlPlanes {
  /** The address of the two. */
  readonly front: Front;
  /** The address of the third. */
  readonly elderFront: Front;
  readonly slots: readonly Slot[];
  /** The API server is away, and none of the two can have read it: they must be silent. */
  blind = false;
  readonly #elder: Slot;

  private constructor({ front, elderFront, slots, elder }: Parts) {
    this.front = front;
    this.elderFront = elderFront;
    this.slots = slots;
    this.#elder = elder;
  }

  /** Makes their places; none is there before `start`. */
  static async create(options: Omit<SlotOptions, 'name'>): Promise<ControlPlanes> {
    const [front, elderFront] = [new Front(), new Front()];
    const slots = [
      await Slot.create({ ...options, name: 'replica a' }, front),
      await Slot.create({ ...options, name: 'replica b' }, front),
    ];
    const elder = await Slot.create({ ...options, name: 'the elder' }, elderFront);
    return new ControlPlanes({ front, elderFront, slots, elder });
  }

  /** Resolves when all of them have read the cluster. */
  async start(): Promise<void> {
    await Promise.all(this.all.map((slot) => slot.start()));
    const ready = (): boolean => this.all.every(({ replica }) => replica?.ready);
    await waitFor('the control planes have read the cluster', ready, { timeoutMs: READY_MS });
  }

  /** It has been started. */
  get elder(): Replica {
    return this.#elder.replica!;
  }

  /** The elder's place, too. */
  get all(): readonly Slot[] {
    return [...this.slots, this.#elder];
  }

  /** The replica that most clients are connected to. */
  busiest(die: number): Slot | undefined {
    const there = this.slots.filter(({ replica }) => replica !== null);
    const most = Math.max(...there.map(({ load }) => load));
    return fallsOn(
      there.filter(({ load }) => load === most),
      die,
    );
  }

  async close(): Promise<void> {
    for (const slot of this.all) await slot.kill();
    await this.front.close();
    await this.elderFront.close();
  }
}
