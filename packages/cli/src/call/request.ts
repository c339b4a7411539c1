import type { Client } from '@grpc/grpc-js';
import { UsageError } from '../errors.js';
import type { StreamMethod } from '../load/stream.js';
import type { UnaryMethod } from '../load/unary.js';
import type { Method } from './schema.js';

/** What the command line says of the method to call. */
export interface RequestOptions {
  readonly proto?: string;
  readonly importPath: readonly string[];
  readonly method?: string;
  readonly data?: string;
  readonly header: readonly string[];
  readonly listMethods?: boolean;
}

/** Throws UsageError for options that say nothing without `--method`. */
export function checkRequest({ proto, importPath, method, data, listMethods }: RequestOptions): void {
  if (importPath.length > 0 && proto === undefined)
    throw new UsageError('--import-path: it says where imports of --proto FILE are, which is not given');
  if (method !== undefined || listMethods) return;
  if (proto !== undefined)
    throw new UsageError(
      `--proto ${proto}: --method package.Service/Method is needed too (--list-methods lists them)`,
    );
  if (data !== undefined)
    throw new UsageError('--data: --method package.Service/Method is needed too (--list-methods lists them)');
}

/** What is needed to make calls. */
export interface Surroundings {
  readonly client: Client;
  /** For the questions of reflection (ms). */
  readonly timeoutMs: number;
}

/** All methods: those of the proto file, else those that the server tells. */
export async function readMethods(
  { proto, importPath, header }: RequestOptions,
  { client, timeoutMs }: Surroundings,
): Promise<readonly Method[]> {
  const { loadProto, methodsOf } = await import('./schema.js');
  if (proto !== undefined) return methodsOf(loadProto(proto, importPath));
  const { parseHeaders } = await import('./headers.js');
  const { reflect } = await import('./reflection.js');
  return methodsOf(await reflect({ client, metadata: parseHeaders(header), timeoutMs }));
}

/** What each call of the load sends: that of `--method`, else a health check. */
export async function prepareMethod(
  options: RequestOptions,
  surroundings: Surroundings,
): Promise<UnaryMethod | StreamMethod> {
  const { HEALTH_CHECK } = await import('../load/unary.js');
  const { parseHeaders } = await import('./headers.js');
  const metadata = parseHeaders(options.header);
  if (options.method === undefined) return { ...HEALTH_CHECK, metadata };
  const { findMethod, parseMethod } = await import('./schema.js');
  const { encodeRequests, readData } = await import('./request-data.js');
  parseMethod(options.method);
  const text = readData(options.data ?? '{}');
  const method = findMethod(await readMethods(options, surroundings), options.method);
  const requests = encodeRequests(method, text);
  const path = `/${method.name}`;
  const streams = method.requestStream || method.responseStream;
  return streams ? { path, requests, metadata } : { path, request: requests[0]!, metadata };
}
