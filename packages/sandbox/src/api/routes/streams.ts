import { text } from 'node:stream/consumers';
import type { Answer, TunnelAnswer } from '../http/answer.js';
import type { ResourceContext } from '../http/context.js';
import { isTrue } from '../http/request-info.js';
import { tunnel } from '../http/tunnel.js';
import type { KindInfo } from '../kinds.js';
import type { KubeletAddress, Upgraded } from '../kubelet-client.js';
import { accessDenied, badRequest } from '../refusals.js';
import { ApiStatus } from '../status.js';
import { at } from '../storage/json.js';
import { containerOf, kubeletAddress } from './node-of-pod.js';
import { existing } from './read.js';

/** The names of an API request's flags in the agent's. */
const FLAGS = { stdin: 'input', stdout: 'output', stderr: 'error', tty: 'tty' };

/** Headers that choose the protocol: they are the agent's to answer. */
const PASSED_ON =
  /^(connection|upgrade|x-stream-protocol-version|sec-websocket-(key|version|protocol|extensions))$/;

/**
 * GET and POST of `pods/…/exec`: the connection is handed to the agent of the pod's node, whatever protocol the client
 * chose. Upstream translates WebSocket into SPDY for its kubelets; the agents here speak both.
 */
export async function podStreams(context: ResourceContext, kind: KindInfo): Promise<Answer | TunnelAnswer> {
  mayCreate(context);
  const pod = existing(context, kind);
  const { namespace = '', name } = pod.metadata;
  const container = containerOf(pod, context.query.get('container'));
  const node = at(pod, 'spec', 'nodeName');
  if (typeof node !== 'string' || node === '') throw badRequest(`pod ${name} does not have a host assigned`);
  const address = kubeletAddress(context, node);
  const { connection } = context;
  if (!connection) throw badRequest('Upgrade request required');
  const path = `/exec/${namespace}/${name}/${container}?${agentQuery(context.query)}`;
  const upgraded = await ask(context, address, path);
  if (!isSwitched(upgraded)) {
    return { code: upgraded.answer.statusCode ?? 500, body: await text(upgraded.answer) };
  }
  return { tunnel: (onClose) => tunnel(connection, upgraded, { clock: context.services.clock, onClose }) };
}

const isSwitched = (upgraded: Upgraded): upgraded is Required<Upgraded> => upgraded.connection !== undefined;

/** A WebSocket begins with GET, which RBAC takes for a read; since 1.35 upstream asks for `create` as well. */
function mayCreate({ services, user, target }: ResourceContext): void {
  const { group, resource, subresource, namespace, name } = target;
  const access = {
    ...{ verb: 'create', group, resource },
    ...(subresource ? { subresource } : {}),
    ...(namespace ? { namespace } : {}),
    ...(name ? { name } : {}),
  };
  if (!services.authorizer.decide(user, access).allowed) throw accessDenied(user, access);
}

function agentQuery(query: URLSearchParams): URLSearchParams {
  const passed = new URLSearchParams();
  for (const [name, agentName] of Object.entries(FLAGS)) {
    if (isTrue(query.get(name))) passed.set(agentName, '1');
  }
  for (const word of query.getAll('command')) passed.append('command', word);
  return passed;
}

async function ask(context: ResourceContext, address: KubeletAddress, path: string): Promise<Upgraded> {
  const headers = Object.fromEntries(
    Object.entries(context.headers).flatMap(([name, value]) =>
      PASSED_ON.test(name) && typeof value === 'string' ? [[name, value]] : [],
    ),
  );
  try {
    return await context.services.kubelet.upgrade(address, { method: context.method, path, headers });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const url = `https://${address.host}:${address.port}${path}`;
    throw new ApiStatus(
      500,
      'InternalError',
      `Internal error occurred: error dialing backend: ${url}: ${why}`,
    );
  }
}
