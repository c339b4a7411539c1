import { TLSSocket } from 'node:tls';
import type { ClientCertificate } from '../auth/authenticator.js';
import type { AccessAttributes } from '../auth/rbac-types.js';
import { accessDenied, badRequest, methodNotAllowed, notServed } from '../refusals.js';
import { health, isHealthPath, pathAnswer } from '../routes/paths.js';
import { deprecationOf, resourceAnswer } from '../routes/resource.js';
import type { ApiStatus } from '../status.js';
import type { EventEncoder } from '../watch/event-encoder.js';
import {
  type Answer,
  refusalAnswer,
  responseStream,
  type StreamingAnswer,
  type TunnelAnswer,
  toRefusal,
  writeAnswer,
} from './answer.js';
import { readBody } from './body.js';
import type { Context, Services, UpgradableConnection } from './context.js';
import type { Request, Response } from './listener.js';
import { parseRequest, type RequestInfo } from './request-info.js';

/** What the handler tells its owner. */
export interface HandlerEvents {
  /** A watch stream or a tunnel begins on this request; the returned function is called at its end. */
  watching(request: Request): () => void;
  /** An answer of 500: a defect of this server or an agent that cannot be reached. */
  failed(path: string, refusal: ApiStatus): void;
}

/** Answers requests: reads them, authenticates, authorizes, routes and writes the answer. */
export function createHandler(services: Services, encoder: EventEncoder, events: HandlerEvents) {
  return (request: Request, response: Response, connection?: UpgradableConnection): void => {
    response.on('error', () => {
      // The client went away in the middle; `close` follows.
    });
    handle({ request, response, connection, services, encoder, events, warnings: [] }).catch(() =>
      response.socket?.destroy(),
    );
  };
}

interface Exchange {
  readonly request: Request;
  readonly response: Response;
  readonly connection: UpgradableConnection | undefined;
  readonly services: Services;
  readonly encoder: EventEncoder;
  readonly events: HandlerEvents;
  /** What the client is told beside the answer, and beside a refusal. */
  readonly warnings: string[];
}

async function handle(exchange: Exchange): Promise<void> {
  const { request, response, events, warnings } = exchange;
  try {
    const answer = await answerTo(exchange);
    if ('stream' in answer) {
      const out = responseStream(response, warnings);
      out.onClose(events.watching(request));
      answer.stream(out);
    } else if ('tunnel' in answer) {
      answer.tunnel(events.watching(request));
    } else if (!response.writableEnded) {
      writeAnswer(response, withWarnings(answer, warnings));
    }
  } catch (error) {
    const refusal = toRefusal(error);
    if (refusal.code >= 500 && refusal.code !== 504) events.failed(request.url ?? '', refusal);
    if (response.headersSent) response.end();
    else writeAnswer(response, withWarnings(refusalAnswer(refusal), warnings));
  }
}

async function answerTo({
  request,
  connection,
  services,
  encoder,
  warnings,
}: Exchange): Promise<Answer | StreamingAnswer | TunnelAnswer> {
  const { path, query } = splitUrl(request.url ?? '/');
  const method = request.method ?? 'GET';
  if (isHealthPath(path) && method === 'GET') return health();
  const user = services.authenticator.authenticate(request.headers, clientCertificate(request));
  const info = parseRequest(method, path, query);
  if (!info) throw notServed();
  const access = accessOf(info);
  if (!services.authorizer.decide(user, access).allowed) throw accessDenied(user, access);
  const context: Context = {
    services,
    method,
    path,
    query,
    headers: request.headers,
    user,
    ...(connection ? { connection } : {}),
    body: () => readBody(request, services.clock),
  };
  if (!info.resource) return pathAnswer(context);
  if (method === 'HEAD' || method === 'OPTIONS') throw methodNotAllowed();
  warnings.push(...deprecationOf(info.resource));
  return resourceAnswer({ ...context, verb: info.verb, target: info.resource }, encoder);
}

function withWarnings(answer: Answer, warnings: readonly string[]): Answer {
  return warnings.length === 0 ? answer : { ...answer, warnings: [...warnings, ...(answer.warnings ?? [])] };
}

function splitUrl(url: string): { path: string; query: URLSearchParams } {
  const at = url.indexOf('?');
  const path = at < 0 ? url : url.slice(0, at);
  if (!path.startsWith('/')) throw badRequest(`the request target "${path}" is not a path`);
  return { path, query: new URLSearchParams(at < 0 ? '' : url.slice(at + 1)) };
}

function accessOf({ verb, path, resource }: RequestInfo): AccessAttributes {
  if (!resource) return { verb, path };
  const { group, namespace, name, subresource } = resource;
  return {
    verb,
    group,
    resource: resource.resource,
    ...(namespace ? { namespace } : {}),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

/** The client's certificate, if the cluster's authority signed it. */
function clientCertificate({ socket }: Request): ClientCertificate | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const subject = socket.getPeerCertificate()?.subject;
  if (!subject?.CN) return undefined;
  return { commonName: firstOf(subject.CN), organizations: [subject.O ?? []].flat() };
}

function firstOf(name: string | readonly string[]): string {
  return (typeof name === 'string' ? name : name[0]) ?? '';
}
