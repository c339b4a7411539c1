import type { IncomingMessage } from 'node:http';
import type { KubeObject } from '../../objects.js';
import type { Answer, ResponseStream, StreamingAnswer } from '../http/answer.js';
import type { ResourceContext } from '../http/context.js';
import type { KindInfo } from '../kinds.js';
import type { KubeletAddress } from '../kubelet-client.js';
import { badRequest, notFound } from '../refusals.js';
import { ApiStatus } from '../status.js';
import { at } from '../storage/json.js';
import { existing } from './read.js';

/** Query parameters that the node agent understands. */
const PASSED_ON = [
  'follow',
  'limitBytes',
  'previous',
  'sinceSeconds',
  'sinceTime',
  'tailLines',
  'timestamps',
];
/** An agent's own error text is told up to this length. */
const MAX_ERROR_BYTES = 4096;

/** GET of `pods/…/log`, from the agent of the pod's node. */
export async function podLog(context: ResourceContext, kind: KindInfo): Promise<Answer | StreamingAnswer> {
  const pod = existing(context, kind);
  const container = containerOf(pod, context.query.get('container'));
  const node = at(pod, 'spec', 'nodeName');
  // A pod that runs nowhere yet has said nothing.
  if (typeof node !== 'string' || node === '') return { code: 200, body: '' };
  const address = kubeletAddress(context, node);
  const { namespace = '', name } = pod.metadata;
  const path = `/containerLogs/${namespace}/${name}/${container}${logQuery(context.query)}`;
  const abort = new AbortController();
  const answer = await ask(context, { address, path, abort });
  if (answer.statusCode !== 200) throw await agentRefusal(answer, name);
  return { stream: (out) => pass(answer, out, abort) };
}

function containerOf(pod: KubeObject, asked: string | null): string {
  const { name } = pod.metadata;
  const main = namesIn(pod, 'containers');
  const init = namesIn(pod, 'initContainers');
  if (asked) {
    if (main.includes(asked) || init.includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  if (main.length === 1) return main[0]!;
  const others = init.length > 0 ? ` or one of the init containers: [${init.join(' ')}]` : '';
  throw badRequest(
    `a container name must be specified for pod ${name}, choose one of: [${main.join(' ')}]${others}`,
  );
}

function namesIn(pod: KubeObject, list: 'containers' | 'initContainers'): string[] {
  const containers = at(pod, 'spec', list);
  return Array.isArray(containers) ? containers.map((container) => String(at(container, 'name'))) : [];
}

function kubeletAddress({ services }: ResourceContext, name: string): KubeletAddress {
  const node = services.cluster.get('nodes', undefined, name);
  if (!node) throw notFound({ kind: 'Node', resource: 'nodes', group: '' }, name);
  const addresses = at(node, 'status', 'addresses');
  const internal = Array.isArray(addresses)
    ? addresses.find((address) => at(address, 'type') === 'InternalIP')
    : undefined;
  const host = at(internal, 'address');
  const port = at(node, 'status', 'daemonEndpoints', 'kubeletEndpoint', 'Port');
  if (typeof host === 'string' && typeof port === 'number') return { host, port };
  throw new ApiStatus(
    500,
    'InternalError',
    `Internal error occurred: node "${name}" has no InternalIP or no status.daemonEndpoints.kubeletEndpoint.Port`,
  );
}

function logQuery(query: URLSearchParams): string {
  const passed = new URLSearchParams();
  for (const name of PASSED_ON) {
    const value = query.get(name);
    if (value !== null) passed.set(name, value);
  }
  return passed.size > 0 ? `?${passed}` : '';
}

interface Question {
  readonly address: KubeletAddress;
  readonly path: string;
  readonly abort: AbortController;
}

async function ask(
  { services }: ResourceContext,
  { address, path, abort }: Question,
): Promise<IncomingMessage> {
  try {
    return await services.kubelet.get(address, path, abort.signal);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const url = `https://${address.host}:${address.port}${path}`;
    throw new ApiStatus(500, 'InternalError', `Internal error occurred: Get "${url}": ${why}`);
  }
}

async function agentRefusal(answer: IncomingMessage, pod: string): Promise<ApiStatus> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_ERROR_BYTES) break;
  }
  const text = Buffer.concat(chunks).toString('utf8').slice(0, MAX_ERROR_BYTES).trim();
  const code = answer.statusCode ?? 500;
  const message = text || `the server rejected our request for an unknown reason (get pods ${pod})`;
  if (code === 404) return new ApiStatus(404, 'NotFound', message);
  return code === 400 ? badRequest(message) : new ApiStatus(500, 'InternalError', message);
}

function pass(answer: IncomingMessage, out: ResponseStream, abort: AbortController): void {
  out.open('text/plain');
  answer.on('data', (chunk: Buffer) => {
    if (!out.write(chunk)) answer.pause();
  });
  out.onDrain(() => answer.resume());
  answer.on('end', () => out.end());
  answer.on('error', () => out.destroy());
  out.onClose(() => abort.abort());
}
