// A process that reads the slices of a large Service; which one is its first argument, the kubeconfig its second.
import { type EndpointSet, watchEndpoints } from '@fairlead/discovery';
import { Floor } from './floor.js';
import { LoopMeter } from './loop-meter.js';
import type { Ask, Figures } from './messages.js';
import { TARGET } from './slices-under-load.js';

const [name, kubeconfig = ''] = process.argv.slice(2);

/** What both readers tell of themselves. */
interface Reading {
  readonly changes: number;
  readonly parseMs: number;
  readonly bytes: number;
  ready(): string[];
}

class Fairlead implements Reading {
  readonly parseMs = 0;
  readonly bytes = 0;
  changes = 0;
  #set: EndpointSet | null = null;

  open(): void {
    watchEndpoints(TARGET, {
      kubeconfig,
      onSet: (set) => {
        this.#set = set;
        this.changes++;
      },
    });
  }

  ready(): string[] {
    return (this.#set?.endpoints ?? []).filter(({ ready }) => ready).map(({ key }) => key);
  }
}

async function open(): Promise<Reading> {
  if (name === 'fairlead') {
    const fairlead = new Fairlead();
    fairlead.open();
    return fairlead;
  }
  const floor = new Floor();
  await floor.open(kubeconfig);
  return {
    get changes() {
      return floor.events;
    },
    get parseMs() {
      return floor.parseMs;
    },
    get bytes() {
      return floor.bytes;
    },
    ready: () => floor.ready(),
  };
}

async function run(): Promise<void> {
  let meter: LoopMeter | undefined = new LoopMeter();
  const reading = await open();
  const openingStallMs = meter.lap();
  let cpu = process.cpuUsage();
  let { changes, parseMs, bytes } = reading;
  const begin = (what: 'costs' | 'stalls'): void => {
    meter?.close();
    globalThis.gc?.();
    meter = what === 'stalls' ? new LoopMeter() : undefined;
    ({ changes, parseMs, bytes } = reading);
    cpu = process.cpuUsage();
  };
  process.on('message', ({ id, begin: what, ready = false }: Ask) => {
    const { user, system } = process.cpuUsage(cpu);
    const stallMs = meter?.longestMs ?? 0;
    if (what !== undefined) begin(what);
    const { heapUsed, rss } = process.memoryUsage();
    const figures: Figures = {
      ...{ id, stallMs, openingStallMs, cpuMs: (user + system) / 1000 },
      parseMs: reading.parseMs - parseMs,
      bytes: reading.bytes - bytes,
      changes: reading.changes - changes,
      heapBytes: heapUsed,
      rssBytes: rss,
      ready: ready ? reading.ready() : [],
    };
    process.send?.(figures);
  });
  process.on('disconnect', () => process.exit());
}

run().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
