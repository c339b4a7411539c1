import type { IncomingMessage } from 'node:http';
import type { Answer, ResponseStream, StreamingAnswer } from '../http/answer.js';
import type { ResourceContext } from '../http/context.js';
import { passOn } from '../http/pass-on.js';
import type { KindInfo } from '../kinds.js';
import type { KubeletAddress } from '../kubelet-client.js';
import { badRequest } from '../refusals.js';
import { ApiStatus } from '../status.js';
import { at } from '../storage/json.js';
import { containerOf, kubeletAddress } from './node-of-pod.js';
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
  passOn(answer, out, abort);
}
