import { type ProcessLocation, processLocation, ZONE_LABEL } from '@fairlead/client';
import type { EndpointSet } from '@fairlead/discovery';
import {
  type KubeClient,
  KubeError,
  type KubeObject,
  type ResourceRef,
} from '@fairlead/discovery/kubernetes';
import { type Check, passed } from './report.js';

const NODES: ResourceRef = { group: '', version: 'v1', resource: 'nodes' };
const ID = 'zone';

/** Who looks at what, from where. */
export interface ZoneSubject {
  readonly client: Pick<KubeClient, 'get'>;
  /** Whose rights are used, as a report names it. */
  readonly user: string;
  readonly set: Pick<EndpointSet, 'endpoints'>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The zone of a node, or why it is not known. */
async function zoneOfNode(
  node: string,
  { client, user }: ZoneSubject,
): Promise<{ zone: string } | { why: string }> {
  try {
    const { metadata } = await client.get<KubeObject>(NODES, node);
    const zone = metadata.labels?.[ZONE_LABEL];
    return zone === undefined ? { why: `node ${node} has no label ${ZONE_LABEL}` } : { zone };
  } catch (error) {
    const status = error instanceof KubeError ? error.status : 0;
    if (status === 403) return { why: `${user} may not get nodes, and no endpoint runs on node ${node}` };
    return { why: status === 404 ? `there is no node ${node}` : `node ${node} could not be read` };
  }
}

async function locate(located: ProcessLocation, subject: ZoneSubject): Promise<Check> {
  const { zone, zoneFrom, node } = located;
  const known = (name: string, from: string): Check =>
    passed(ID, `clients here run in zone ${name} (${from})`);
  const unknown = (why: string): Check =>
    passed(ID, `the zone of clients here is not known: ${why}; FAIRLEAD_ZONE would tell it`);
  if (zone !== undefined && zoneFrom !== undefined) return known(zone, zoneFrom);
  if (node === undefined) return unknown('neither FAIRLEAD_ZONE, FAIRLEAD_NODE nor labels of the pod say it');
  const neighbour = subject.set.endpoints.find((each) => each.node === node && each.zone !== undefined);
  if (neighbour?.zone !== undefined) return known(neighbour.zone, `endpoints on node ${node}`);
  const found = await zoneOfNode(node, subject);
  return 'zone' in found ? known(found.zone, `node ${node}`) : unknown(found.why);
}

/** In which zone clients of this environment run, where it is said or where the endpoints have hints for zones. */
export async function checkZone(subject: ZoneSubject): Promise<Check[]> {
  const located = processLocation({}, subject.env);
  const matters = subject.set.endpoints.some(({ forZones = [] }) => forZones.length > 0);
  if (located.zone === undefined && located.node === undefined && !matters) return [];
  return [await locate(located, subject)];
}
