import { fileURLToPath } from 'node:url';
import {
  type Endpoint,
  resolveEndpoints,
  usableEndpoints,
  type Watch,
  watchEndpoints,
} from '@fairlead/discovery';
import { echoDefinition } from '@fairlead/sandbox/echo';
import { type ClientDuplexStream, credentials, experimental, makeClientConstructor } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Bench, Echo, echoManifest, Load, openBench, TARGET, until } from './harness.js';

const LATE_MS = 3_000;
const STREAMS = 20;
const IMAGE = 'test/patient-echo';
const POD = fileURLToPath(new URL('./pods/patient-echo.mjs', import.meta.url));

/** Feeds grpc-js the same endpoints, but always three seconds late: a client behind a slow control plane. */
class LateResolver implements experimental.Resolver {
  static kubeconfig = '';
  readonly #listener: experimental.ResolverListener;
  readonly #timers = new Set<NodeJS.Timeout>();
  #watch: Watch | undefined;

  constructor(_target: experimental.GrpcUri, listener: experimental.ResolverListener) {
    this.#listener = listener;
  }

  updateResolution(): void {
    let first = true;
    this.#watch ??= watchEndpoints(TARGET, {
      kubeconfig: LateResolver.kubeconfig,
      onSet: (set) => {
        const timer = setTimeout(() => this.#deliver(usableEndpoints(set)), first ? 0 : LATE_MS);
        this.#timers.add(timer);
        first = false;
      },
    });
  }

  destroy(): void {
    this.#watch?.close();
    this.#watch = undefined;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  static getDefaultAuthority(): string {
    return 'serv.nspace.svc';
  }

  #deliver(endpoints: readonly Endpoint[]): void {
    const list = endpoints.map(({ addresses }) => ({
      addresses: addresses.map((address) => ({ ...address })),
    }));
    const config = { loadBalancingConfig: [{ round_robin: {} }], methodConfig: [] };
    this.#listener(experimental.statusOrFromValue(list), {}, experimental.statusOrFromValue(config), '');
  }
}

let bench: Bench;

beforeAll(async () => {
  bench = await openBench({ images: { [IMAGE]: [process.execPath, POD] } });
  LateResolver.kubeconfig = bench.cluster.kubeconfig;
  experimental.registerResolver('late', LateResolver);
  await bench.cluster.apply(echoManifest(3, { grace: 15, image: IMAGE }));
  await until('the deployment is up', () => bench.rolledOut());
});

afterAll(() => bench?.close());

const StreamClient = makeClientConstructor(echoDefinition, 'Echo');

/** Streams that talk all the time and are opened again when their pod ends them. */
function openStreams(): { answers: () => number; close(): void } {
  const client = new StreamClient(TARGET, credentials.createInsecure(), {
    'fairlead.kubeconfig': bench.cluster.kubeconfig,
  });
  const { path, requestSerialize, responseDeserialize } = echoDefinition.Stream;
  const streams = new Set<ClientDuplexStream<{ text: string }, { pod: string }>>();
  let answers = 0;
  let closed = false;
  const open = (): void => {
    const stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    const timer = setInterval(() => stream.write({ text: 'tick' }), 50);
    streams.add(stream);
    stream.on('data', () => answers++);
    stream.on('error', () => {});
    stream.on('status', () => {
      clearInterval(timer);
      streams.delete(stream);
      if (!closed) open();
    });
  };
  for (let i = 0; i < STREAMS; i++) open();
  return {
    answers: () => answers,
    close() {
      closed = true;
      for (const stream of streams) stream.cancel();
      client.close();
    },
  };
}

it('a rolling update under 500 calls/s and 20 streams loses no unary call, not even of a client that learns 3 s late', async () => {
  const quick = new Echo(bench.cluster.kubeconfig);
  const late = new Echo(bench.cluster.kubeconfig, 'late:///serv');
  const streams = openStreams();
  await Promise.all([quick.reach(3), late.reach(3)]);
  const loads = [new Load(quick, 250), new Load(late, 250)];
  const before = new Set(loads[0]!.pods.keys());
  await until('both spread', () => loads.every(({ pods }) => pods.size === 3));
  await bench.restart();
  const replaced = (load: Load) => [...load.pods.keys()].filter((pod) => !before.has(pod)).length >= 3;
  const onlyNew = async (): Promise<boolean> => {
    const { endpoints } = await resolveEndpoints(TARGET, { kubeconfig: bench.cluster.kubeconfig });
    return endpoints.length === 3 && loads.every(replaced) && (await bench.rolledOut());
  };
  await until('only new pods are left', onlyNew, 90_000);
  const seen = streams.answers();
  await until('streams go on', () => streams.answers() > seen + STREAMS);
  await Promise.all(loads.map((load) => load.stop()));
  streams.close();
  quick.close();
  late.close();
  expect(loads.map(({ failures }) => failures)).toEqual([[], []]);
  expect(Math.min(...loads.map(({ calls }) => calls))).toBeGreaterThan(1000);
});
