import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import type { Clock } from '../../clock.js';
import { DiscoveryError } from '../../errors.js';
import type { Logger } from '../../logger.js';
import type { ClusterAccess, Credentials } from '../access/access.js';
import { createAgents } from './agents.js';
import { exchange, type Tie } from './exchange.js';
import { codeOf, isCertificateRefused, unreachable } from './transport-error.js';

/** One HTTP request to the API server. */
export interface ApiRequest {
  readonly method: string;
  /** Path and query below the server's own path. */
  readonly path: string;
  readonly body?: { readonly type: string; readonly text: string };
  /** Ask for a gzip answer. */
  readonly gzip: boolean;
  readonly ref: boolean;
  readonly signal?: AbortSignal;
}

export interface TransportOptions {
  readonly userAgent: string;
  /** Time to the answer's headers (ms). */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Sends requests with the access's credentials over kept connections. */
export interface Transport {
  /**
   * Resolves at the headers, whatever the status. After a first 401, or a handshake that ended for want of another
   * client certificate, the credentials are made anew and the request is sent once more.
   */
  send(request: ApiRequest): Promise<IncomingMessage>;
  /** What an error of a request or its body means to the caller. */
  explain(error: unknown, signal: AbortSignal | undefined): unknown;
  /** Ends every request; idempotent. */
  close(): void;
}

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function authorization(credentials: Credentials): string | undefined {
  if (credentials.token !== undefined) return `Bearer ${credentials.token}`;
  if (credentials.basic === undefined) return undefined;
  const { username, password } = credentials.basic;
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function headersOf(
  request: ApiRequest,
  userAgent: string,
  secret: string | undefined,
): http.OutgoingHttpHeaders {
  const { body, gzip } = request;
  return {
    accept: 'application/json',
    'accept-encoding': gzip ? 'gzip' : 'identity',
    'user-agent': userAgent,
    ...(secret === undefined ? {} : { authorization: secret }),
    ...(body === undefined
      ? {}
      : { 'content-type': body.type, 'content-length': Buffer.byteLength(body.text) }),
  };
}

/** A secret goes over TLS or stays on this machine. */
function createSecretGuard(
  access: ClusterAccess,
  url: URL,
  logger: Logger,
): (credentials: Credentials) => string | undefined {
  const safe = url.protocol === 'https:' || isLoopback(url.hostname);
  let warned = false;
  return (credentials) => {
    const secret = authorization(credentials);
    if (secret !== undefined && !/^[\x20-\x7e]+$/.test(secret)) {
      const problem = `the token holds characters that no header can carry: ${access.origin}`;
      throw new DiscoveryError('ACCESS_INVALID', problem);
    }
    if (secret === undefined || safe) return secret;
    if (!warned) logger.warn('credentials are not sent over plain http', { server: url.origin });
    warned = true;
    return undefined;
  };
}

/** Undefined for a refused client certificate: what a 401 is to a token. */
function unlessRefused(error: unknown): undefined {
  if (!isCertificateRefused(error)) throw error;
}

/** Makes the transport of one client. */
export function createTransport(access: ClusterAccess, options: TransportOptions): Transport {
  const { clock, logger } = options;
  const url = new URL(access.server);
  const prefix = url.pathname.replace(/\/+$/, '');
  const secretOf = createSecretGuard(access, url, logger);
  const agents = createAgents(access);
  const live: Tie['live'] = new Set();
  let closed = false;

  const tie = ({ ref, signal }: ApiRequest): Tie => ({
    clock,
    timeoutMs: options.timeoutMs,
    live,
    ref,
    ...(signal ? { signal } : {}),
  });

  function start(request: ApiRequest, credentials: Credentials): ClientRequest {
    const { request: create } = url.protocol === 'https:' ? https : http;
    return create({
      protocol: url.protocol,
      hostname: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port,
      method: request.method,
      path: prefix + request.path,
      agent: agents.current(credentials),
      headers: headersOf(request, options.userAgent, secretOf(credentials)),
    });
  }

  /** The server may close a kept connection in the moment it is used again: reads are then sent once more. */
  async function exchangeOnce(request: ApiRequest, credentials: Credentials): Promise<IncomingMessage> {
    const outgoing = start(request, credentials);
    try {
      return await exchange(outgoing, tie(request), request.body?.text);
    } catch (error) {
      const stale = outgoing.reusedSocket && codeOf(error) === 'ECONNRESET';
      if (!stale || request.method !== 'GET' || closed || request.signal?.aborted === true) throw error;
      return exchange(start(request, credentials), tie(request), request.body?.text);
    }
  }

  async function attempt(request: ApiRequest): Promise<IncomingMessage> {
    request.signal?.throwIfAborted();
    const credentials = await access.credentials();
    request.signal?.throwIfAborted();
    if (closed) throw new Error('closed');
    return exchangeOnce(request, credentials);
  }

  function explain(error: unknown, signal: AbortSignal | undefined): unknown {
    if (signal?.aborted === true) return signal.reason;
    if (closed) return new DiscoveryError('CLOSED', `the client of ${access.server} is closed`);
    return error instanceof DiscoveryError ? error : unreachable(access.server, error);
  }

  return {
    explain,
    async send(request) {
      try {
        const response = await attempt(request).catch(unlessRefused);
        if (response !== undefined && response.statusCode !== 401) return response;
        response?.destroy();
        access.invalidate();
        logger.debug('credentials refused, made anew', { server: access.server });
        return await attempt(request);
      } catch (error) {
        throw explain(error, request.signal);
      }
    },
    close() {
      closed = true;
      for (const kill of [...live]) kill(new Error('closed'));
      agents.close();
    },
  };
}
