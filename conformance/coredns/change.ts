import type { KubeClient, KubeObject, ResourceRef } from '@fairlead/discovery/kubernetes';
import type { Random } from '../go/random.js';
import { NAMESPACES, randomServices, randomSlice, type World } from './world.js';

const SERVICES: ResourceRef = { group: '', version: 'v1', resource: 'services' };
const SLICES: ResourceRef = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };

const ours = ({ metadata }: KubeObject): boolean => NAMESPACES.includes(metadata.namespace ?? '');

interface Place {
  readonly name: string;
  readonly namespace: string;
}

const placeOf = ({ metadata }: KubeObject): Place => ({
  name: metadata.name ?? '',
  namespace: metadata.namespace ?? '',
});

/** New endpoints, another owner, or the end of a slice. */
async function changeSlice(client: KubeClient, slice: KubeObject, random: Random): Promise<void> {
  const { name, namespace } = placeOf(slice);
  const of = slice.metadata.labels?.['kubernetes.io/service-name'] ?? 'nobody';
  const turn = random.below(4);
  if (turn === 0) {
    await client.delete(SLICES, name, { namespace });
    return;
  }
  const next = randomSlice(random, { name, namespace, of: turn === 1 ? `headless-${random.below(14)}` : of });
  const labels = turn === 2 && random.percent(30) ? null : next.metadata.labels;
  const patch = { metadata: { name, labels }, endpoints: next.endpoints, ports: next.ports };
  const sameFamily = slice.addressType === next.addressType;
  await client.patch(SLICES, name, sameFamily ? patch : { metadata: { name, labels } }, {
    namespace,
    kind: 'merge',
  });
}

/** A Service of the same name and another kind. */
async function replaceService(client: KubeClient, service: KubeObject, random: Random): Promise<void> {
  const { name, namespace } = placeOf(service);
  await client.delete(SERVICES, name, { namespace });
  if (random.percent(30)) return;
  const { spec } = random.pick(randomServices(random, namespace));
  await client.create(
    SERVICES,
    { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec },
    { namespace },
  );
}

/** Changes about a third of the slices and a tenth of the Services; makes some slices anew. */
export async function changeWorld(client: KubeClient, world: World, random: Random): Promise<void> {
  for (const slice of world.slices.filter(ours)) {
    if (!/^(crowd|mob)/.test(slice.metadata.name ?? '') && random.percent(35))
      await changeSlice(client, slice, random);
  }
  for (const service of world.services.filter(ours)) {
    if (random.percent(10)) await replaceService(client, service, random);
  }
  for (let index = 0; index < 10; index++) {
    const namespace = random.pick(NAMESPACES);
    const name = `extra-${random.below(100_000)}`;
    const slice = randomSlice(random, { name, namespace, of: `headless-${random.below(14)}` });
    await client.create(SLICES, slice, { namespace });
  }
}
