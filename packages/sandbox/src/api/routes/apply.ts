import type { Answer } from '../http/answer.js';
import { decodeApplied } from '../http/body.js';
import type { ResourceContext } from '../http/context.js';
import type { KindInfo } from '../kinds.js';
import { accessDenied, badRequest } from '../refusals.js';
import { apiVersionOf } from '../storage/metadata.js';
import type { ApplyOptions } from '../store.js';
import { objectAnswer } from './read.js';
import { parseForce, parseWriteOptions } from './write-options.js';

/** PATCH of `application/apply-patch+yaml`: server-side apply (KEP-555) to an object or to its status. */
export async function applyObject(
  context: ResourceContext,
  kind: KindInfo,
  subresource?: 'status',
): Promise<Answer> {
  const { services, target, query } = context;
  const { dryRun, fieldManager } = parseWriteOptions(context, 'PatchOptions');
  const force = parseForce(query, true);
  const { name = '', namespace } = target;
  const config = decodeApplied(await context.body());
  const sent = `${config.apiVersion}, Kind=${config.kind}`;
  if (sent !== `${apiVersionOf(kind)}, Kind=${kind.kind}`) {
    throw badRequest(`invalid object type: ${config.apiVersion.includes('/') ? sent : `/${sent}`}`);
  }
  config.metadata.name ||= name;
  if (config.metadata.name !== name) {
    throw badRequest(
      `the name of the object (${config.metadata.name}) does not match the name on the URL (${name})`,
    );
  }
  if (kind.namespaced) {
    config.metadata.namespace ||= namespace ?? '';
    if (config.metadata.namespace !== namespace) {
      throw badRequest(
        'the namespace of the provided object does not match the namespace sent on the request',
      );
    }
  }
  const exists = services.cluster.get(kind.resource, namespace, name) !== undefined;
  if (!exists && !subresource) checkMayCreate(context, kind);
  const options: ApplyOptions = { dryRun, fieldManager, force, ...(subresource ? { subresource } : {}) };
  const applied = services.cluster.apply(kind.resource, config, options);
  const warnings = kind.warnings?.(applied) ?? [];
  return { ...objectAnswer(context, kind, applied), code: exists ? 200 : 201, warnings };
}

/** Who applies what is not there creates it. */
function checkMayCreate({ services, user, target }: ResourceContext, kind: KindInfo): void {
  const { namespace, name } = target;
  const access = {
    verb: 'create',
    group: kind.group,
    resource: kind.resource,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  };
  if (!services.authorizer.decide(user, access).allowed) throw accessDenied(user, access);
}
