import { currentRuntime } from '../registration/register.js';
import { VERSION } from '../version.js';
import type { ChannelsInspection } from './inspection.js';

/**
 * Tells what every channel of this process does at this moment: where its endpoints come from and how old they are,
 * and for each the state of its connection, its worth, its calls in flight, whether it is ejected and why. Plain JSON
 * without secrets. It changes nothing and costs a look at each endpoint; channels that are closed or idle are not in it.
 */
export function inspectChannels(): ChannelsInspection {
  return (
    currentRuntime()?.openChannels.inspect() ?? {
      version: 1,
      client: VERSION,
      atMs: Date.now(),
      channels: [],
    }
  );
}

/** What the handler reads of a request; one of `node:http` fits. */
export interface InspectionRequest {
  readonly method?: string | undefined;
}

/** What it writes to; a response of `node:http` fits. */
export interface InspectionResponse {
  writeHead(status: number, headers: Record<string, string>): unknown;
  end(body?: string): unknown;
}

/**
 * Makes a handler for a server of `node:http` (or Express) that answers GET with `inspectChannels()`. Pods and
 * addresses are in the answer: mount it where metrics are, not where callers are.
 */
export function inspectionHandler(): (request: InspectionRequest, response: InspectionResponse) => void {
  return ({ method }, response) => {
    if (method !== 'GET' && method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' });
      response.end();
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(method === 'HEAD' ? undefined : JSON.stringify(inspectChannels()));
  };
}
