import { type DescMessage, type MessageShape, toBinary } from '@bufbuild/protobuf';
import type { EndpointSet } from '@fairlead/discovery';
import { ClusterSchema } from '../gen/envoy/config/cluster/v3/cluster_pb.js';
import { ListenerSchema } from '../gen/envoy/config/listener/v3/listener_pb.js';
import { RouteConfigurationSchema } from '../gen/envoy/config/route/v3/route_pb.js';
import type { ResourceType } from '../resource-type.js';
import { type Assignment, assign, refusingAssignment } from './assignment.js';
import { buildCluster, buildListener, buildRoute } from './config.js';
import { encodeAssignment } from './encode-assignment.js';
import { validateAssignment } from './validate-assignment.js';
import { validateCluster, validateListener, validateRoute } from './validate-config.js';

/** The bytes of one resource, and of the form that some clients need instead. */
export interface Translated {
  readonly type: ResourceType;
  readonly name: string;
  readonly bytes: Uint8Array;
  /** For clients that keep the endpoints they have when they are told that there are none: one that refuses. */
  readonly refusing?: Uint8Array;
}

/** Resources that every client accepts, and what had to be left out. */
export interface Translation {
  readonly resources: readonly Translated[];
  /** One line each, for the log and the page of the service. */
  readonly problems: readonly string[];
}

interface Draft<Desc extends DescMessage> {
  readonly type: ResourceType;
  readonly name: string;
  readonly schema: Desc;
  readonly message: MessageShape<Desc>;
  readonly problems: readonly string[];
}

function settle<Desc extends DescMessage>({
  type,
  name,
  schema,
  message,
  problems,
}: Draft<Desc>): Translation {
  if (problems.length > 0)
    return { resources: [], problems: problems.map((each) => `${type} ${name}: ${each}`) };
  return { resources: [{ type, name, bytes: toBinary(schema, message) }], problems: [] };
}

function join(parts: readonly Translation[]): Translation {
  return {
    resources: parts.flatMap(({ resources }) => resources),
    problems: parts.flatMap(({ problems }) => problems),
  };
}

/** The listener by the name that a client dials; `canonical` is the target's name in all other resources. */
export function translateListener(name: string, canonical: string): Translation {
  const message = buildListener(name, canonical);
  return settle({
    type: 'listener',
    name,
    schema: ListenerSchema,
    message,
    problems: validateListener(message),
  });
}

/** The routes and the cluster of a target. They do not change with its endpoints. */
export function translateTarget(name: string): Translation {
  const route = buildRoute(name, name);
  const cluster = buildCluster(name);
  return join([
    settle({
      type: 'route',
      name,
      schema: RouteConfigurationSchema,
      message: route,
      problems: validateRoute(route),
    }),
    settle({
      type: 'cluster',
      name,
      schema: ClusterSchema,
      message: cluster,
      problems: validateCluster(cluster),
    }),
  ]);
}

/**
 * The endpoints of a target. Endpoints that no client could use are left out and named; should what is left still be
 * refused by some client, there is no resource, and who has an older one keeps it.
 */
export function translateEndpoints(name: string, set: Pick<EndpointSet, 'endpoints'>): Translation {
  const { assignment, problems } = assign(name, set);
  const refused = validateAssignment(assignment).map((problem) => `endpoints ${name}: ${problem}`);
  if (refused.length > 0) return { resources: [], problems: [...problems, ...refused] };
  return { resources: [encode(assignment)], problems };
}

function encode(assignment: Assignment): Translated {
  const { name, localities } = assignment;
  const bytes = encodeAssignment(assignment);
  if (localities.length > 0) return { type: 'endpoints', name, bytes };
  return { type: 'endpoints', name, bytes, refusing: encodeAssignment(refusingAssignment(name)) };
}
