import type { ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import { ApiStatus } from '../status.js';

/** A whole answer. */
export interface Answer {
  readonly code: number;
  /** An object is sent as JSON, a string as plain text, a buffer as it is. */
  readonly body: object | string | Buffer;
  /** Default: `application/json`, or `text/plain` for a string. */
  readonly contentType?: string;
  /** What stands in `Cache-Control`. Default: it must not be cached. */
  readonly cacheControl?: string;
  /** Shown to the user by kubectl (`Warning` headers). */
  readonly warnings?: readonly string[];
}

/** An answer that goes on: a watch or a log. */
export interface StreamingAnswer {
  stream(out: ResponseStream): void;
}

/** An answer that took the client's connection over: nothing is written to it any more. */
export interface TunnelAnswer {
  /** Called once with what is to be done when the tunnel has ended. */
  tunnel(onClose: () => void): void;
}

/** What another server answered before its body. */
export interface ForeignHead {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
}

/** The body of a streaming answer. */
export interface ResponseStream {
  /** Sends the headers at once: those of a good answer of our own, or somebody else's. */
  open(contentType: string, foreign?: ForeignHead): void;
  /** False: wait for `onDrain` before the next write. */
  write(chunk: string | Buffer): boolean;
  end(): void;
  /** Ends it without a proper end: what is still buffered is lost. */
  destroy(): void;
  onDrain(fn: () => void): void;
  /** Called once, whoever ended it. */
  onClose(fn: () => void): void;
}

type Response = ServerResponse | Http2ServerResponse;

/** Every answer of upstream carries it: objects must not be cached on the way. */
const CACHE_CONTROL = 'no-cache, private';

/** Writes a whole answer. */
export function writeAnswer(response: Response, answer: Answer): void {
  const { body } = answer;
  const isText = typeof body === 'string';
  const content = isText || Buffer.isBuffer(body) ? body : `${JSON.stringify(body)}\n`;
  const contentType = answer.contentType ?? (isText ? 'text/plain; charset=utf-8' : 'application/json');
  writeHead(response, answer.code, {
    'cache-control': answer.cacheControl ?? CACHE_CONTROL,
    'content-type': contentType,
    'content-length': Buffer.byteLength(content),
    ...(answer.contentType?.includes('as=APIGroupDiscoveryList') ? { vary: 'Accept' } : {}),
    ...retryAfter(body),
    ...warningHeaders(answer.warnings ?? []),
  });
  response.end(content);
}

/** A refusal as an answer. */
export function refusalAnswer(refusal: ApiStatus): Answer {
  return { code: refusal.code, body: refusal.toObject() };
}

/** Any error as a refusal: one that is none becomes 500. */
export function toRefusal(error: unknown): ApiStatus {
  if (error instanceof ApiStatus) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ApiStatus(500, 'InternalError', `Internal error occurred: ${message}`, {
    causes: [{ message }],
  });
}

/** The response as a stream; `warnings` go with its headers. */
export function responseStream(response: Response, warnings: readonly string[] = []): ResponseStream {
  const stream = 'stream' in response ? response.stream : response;
  return {
    open(contentType, foreign) {
      const { code, headers } = foreign ?? {
        code: 200,
        headers: {
          'cache-control': CACHE_CONTROL,
          'content-type': contentType,
          ...warningHeaders(warnings),
        },
      };
      writeHead(response, code, headers);
      // Over HTTP/2 writeHead sends them already.
      if (!('stream' in response)) response.flushHeaders();
    },
    write: (chunk) => write(response, chunk),
    end: () => void response.end(),
    destroy: () => void stream.destroy(),
    onDrain: (fn) => void response.on('drain', fn),
    onClose(fn) {
      // The client may have left while the answer was being prepared.
      if (stream.destroyed) queueMicrotask(fn);
      else response.once('close', fn);
    },
  };
}

/** RFC 7234 §5.5: code 299, no agent, and the text in quotes. */
function warningHeader(text: string): string {
  return `299 - "${text.replace(/[\\"]/g, '\\$&').replace(/[^\x20-\x7e]/g, '?')}"`;
}

function warningHeaders(texts: readonly string[]): { warning?: string[] } {
  return texts.length === 0 ? {} : { warning: texts.map(warningHeader) };
}

function writeHead(
  response: Response,
  code: number,
  headers: Record<string, string | number | string[]>,
): void {
  // The two classes have incompatible overloads of one and the same call.
  if ('stream' in response) response.writeHead(code, headers);
  else response.writeHead(code, headers);
}

function write(response: Response, chunk: string | Buffer): boolean {
  return 'stream' in response ? response.write(chunk) : response.write(chunk);
}

function retryAfter(body: Answer['body']): { 'retry-after'?: string } {
  if (typeof body === 'string' || !('details' in body)) return {};
  const { details } = body;
  const seconds =
    typeof details === 'object' && details !== null && 'retryAfterSeconds' in details
      ? details.retryAfterSeconds
      : undefined;
  return seconds === undefined ? {} : { 'retry-after': String(seconds) };
}
