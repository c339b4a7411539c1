import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '#commands/random.js';
import { Backend } from '../backend/backend.js';
import type { Benchmark } from '../benchmark.js';
import { Child } from '../control-plane/child.js';
import { type Contestant, interleave, perRound, ratio } from '../interleave.js';
import { registerBenchParent } from '../propagation/bench-parent.js';
import { BenchChannel } from '../propagation/channel.js';
import { Floor } from '../propagation/floor.js';
import { registerFairlead } from '../registration.js';
import { createRow, type Row } from '../rows.js';
import { directFeed, Follower, xdsFeed } from './follower.js';
import type { PlaneOrder, PlaneQuestions } from './orders.js';
import { XdsClient } from './xds-client.js';

const SIZES = [10, 100, 1000];
/** Endpoints for whole clients: with many it is chance that decides when a call goes to a new one. */
const NATURAL_SIZE = 10;
const NATURAL_ROUNDS = 20;
const ROUNDS = 40;
const WARMUP_ROUNDS = 10;
const GOAL = 2;
/** How long what vanishes stays, so that a change is taken back quickly. No figure is about that (ms). */
const SETTLE_MS = 2;
/** Longer than the control plane takes changes of a Service in together: in a cluster that is at rest it waits for none (ms). */
const REST_MS = 120;

/** Two clusters, so that what one does disturbs nobody who watches the other. */
interface Clusters {
  readonly direct: Backend;
  readonly behind: Backend;
  /** The control plane's. */
  readonly port: number;
}

interface Contenders {
  readonly xds: Follower;
  readonly direct: Follower;
  readonly floor: Floor;
  /** In the control plane's cluster: whether the two are alike. */
  readonly floorBehind: Floor;
}

async function open({ direct, behind, port }: Clusters, n: number): Promise<Contenders> {
  const hosts = await direct.openHosts(n);
  const [directName, floorName, xdsName] = [`direct-${n}`, `floor-${n}`, `xds-${n}`];
  await direct.define(directName, hosts);
  await direct.define(floorName, hosts);
  const hostsBehind = await behind.openHosts(n);
  await behind.define(xdsName, hostsBehind);
  await behind.define(floorName, hostsBehind);
  const feed = directFeed(direct, directName, SETTLE_MS);
  return {
    xds: await Follower.open({
      backend: behind,
      service: xdsName,
      feed: xdsFeed(port, xdsName),
      endpoints: n,
    }),
    direct: await Follower.open({ backend: direct, service: directName, feed, endpoints: n }),
    floor: await Floor.open(direct, floorName),
    floorBehind: await Floor.open(behind, floorName),
  };
}

const rested = (contestant: Contestant): Contestant => {
  return async () => {
    await sleep(REST_MS);
    return contestant();
  };
};

async function compare(contenders: Contenders, n: number): Promise<Row[]> {
  const { xds, direct, floor, floorBehind } = contenders;
  const heard = { xds: [] as number[], direct: [] as number[] };
  let measured = false;
  const timed = (follower: Follower, times: number[]): Contestant =>
    rested(async () => {
      const { heardMs, answeredMs } = await follower.change();
      if (measured) times.push(heardMs);
      return answeredMs;
    });
  const samples = await interleave(
    {
      xds: timed(xds, heard.xds),
      xdsAgain: timed(xds, []),
      direct: timed(direct, heard.direct),
      directAgain: timed(direct, []),
      floor: rested(() => floor.change()),
      floorBehind: rested(() => floorBehind.change()),
    },
    {
      rounds: ROUNDS,
      warmupRounds: WARMUP_ROUNDS,
      random: seededRandom(n),
      onRound: (round) => {
        measured = round >= 0;
      },
    },
  );
  const row = (what: string): { id: string; n: number; unit: string } => ({
    id: `propagation-xds/${what}`,
    n,
    unit: 'ms',
  });
  const { xds: subject, xdsAgain: again } = samples;
  return [
    createRow({
      ...row('through the control plane'),
      subject,
      again,
      ratios: [...perRound(ratio, subject, samples.direct), ...perRound(ratio, again, samples.directAgain)],
      goal: GOAL,
    }),
    createRow({
      ...row('direct'),
      subject: samples.direct,
      again: samples.directAgain,
      ratios: perRound(ratio, samples.direct, samples.floor),
    }),
    createRow({ ...row('floor'), subject: samples.floor, again: samples.floorBehind }),
    createRow({ ...row('through the control plane, heard'), subject: heard.xds }),
    createRow({ ...row('direct, heard'), subject: heard.direct }),
  ];
}

/** The first call that a whole client sends to the new endpoint by itself: grpc-js-xds and grpc-js, both by round_robin. */
async function compareClients({ direct, behind, port }: Clusters): Promise<Row[]> {
  const n = NATURAL_SIZE;
  const service = `natural-${n}`;
  await direct.define(service, await direct.openHosts(n));
  await behind.define(service, await behind.openHosts(n));
  const own = new BenchChannel(direct, service, { round_robin: {} });
  const xds = new XdsClient(behind, service, port);
  try {
    await own.connected(n);
    await xds.connected(n);
    const natural = (client: { firstNaturalCall(): Promise<number> }): Contestant =>
      rested(() => client.firstNaturalCall());
    const { xds: subject, ...samples } = await interleave(
      { xds: natural(xds), again: natural(xds), own: natural(own), ownAgain: natural(own) },
      { rounds: NATURAL_ROUNDS, warmupRounds: WARMUP_ROUNDS, random: seededRandom(n) },
    );
    const { again, own: ownFirst, ownAgain } = samples;
    const common = { n, unit: 'ms' };
    return [
      createRow({
        ...common,
        id: 'propagation-xds/grpc-js-xds, first natural call',
        subject,
        again,
        ratios: [...perRound(ratio, subject, ownFirst), ...perRound(ratio, again, ownAgain)],
      }),
      createRow({
        ...common,
        id: 'propagation-xds/k8s:/// round_robin, first natural call',
        subject: ownFirst,
        again: ownAgain,
      }),
    ];
  } finally {
    own.close();
    xds.close();
  }
}

/** From a change in the cluster to the first answer of the new endpoint, with a control plane between them. */
export const propagationXds: Benchmark = {
  name: 'propagation-xds',
  about: 'a new endpoint: watch event → one call answered, through the control plane ÷ by a watch of its own',
  async run({ progress }): Promise<Row[]> {
    registerFairlead();
    registerBenchParent();
    const [direct, behind] = [await Backend.start(), await Backend.start()];
    const order: PlaneOrder = { kubeconfig: behind.kubeconfig, settleMs: SETTLE_MS };
    const plane = new Child<PlaneQuestions>(new URL('./control-plane.js', import.meta.url), order);
    const rows: Row[] = [];
    try {
      const port = await plane.ask('port', null);
      for (const n of SIZES) {
        progress(`N = ${n}`);
        const contenders = await open({ direct, behind, port }, n);
        rows.push(...(await compare(contenders, n)));
        for (const each of Object.values(contenders)) each.close();
      }
      progress('whole clients');
      rows.push(...(await compareClients({ direct, behind, port })));
    } finally {
      await plane.end();
      direct.close();
      behind.close();
    }
    return rows;
  },
};
