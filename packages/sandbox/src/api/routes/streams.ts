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

/** Where the streams of each subresource begin at the agent, below namespace and name of the pod. */
const AGENT_ROOTS: Readonly<Record<string, string>> = {
  exec: 'exec',
  attach: 'attach',
  portforward: 'portForward',
};

/**
 * GET and POST of `pods/…/exec`, `attach` and `portforward`: the connection is handed to the agent of the pod's node,
 * whatever protocol the client chose. Upstream translates WebSocket into SPDY for its kubelets; the agents here speak
 * both.
 */
export async function podStreams(context: ResourceContext, kind: KindInfo): Promise<Answer | TunnelAnswer> {
  mayCreate(context);
  const pod = existing(context, kind);
  const { query, connection } = context;
  const { namespace = '', name } = pod.metadata;
  const { subresource = '' } = context.target;
  const container = subresource === 'portforward' ? undefined : containerOf(pod, query.get('container'));
  const node = at(pod, 'spec', 'nodeName');
  if (typeof node !== 'string' || node === '') throw badRequest(`pod ${name} does not have a host assigned`);
  const address = kubeletAddress(context, node);
  if (!connection) throw badRequest('Upgrade request required');
  const names = [namespace, name, ...(container === undefined ? [] : [container])].join('/');
  const upgraded = await ask(context, address, `/${AGENT_ROOTS[subresource]}/${names}?${agentQuery(query)}`);
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
