import type { IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { HttpGetAction } from './pod.js';
import type { ProbeTarget } from './probe-attempt.js';
import { attempt, dialError, hostPort, portNumber, USER_AGENT } from './probe-attempt.js';
import type { ProbeResult } from './probe-state.js';

/** As Go's client. */
const MAX_REDIRECTS = 10;
/** So much of the body of a redirect that is not followed is shown (bytes). */
const BODY_LIMIT_BYTES = 10 * 1024;

/** One GET. Redirects to the same host name are followed; one to another is a success with a warning. */
export function httpProbe(action: HttpGetAction, target: ProbeTarget): Promise<ProbeResult> {
  const scheme = (action.scheme ?? 'HTTP').toLowerCase();
  const port = portNumber(action.port, target.container);
  const path = action.path?.startsWith('/') ? action.path : `/${action.path ?? ''}`;
  const first = `${scheme}://${hostPort(action.host || target.podIP, port)}${path}`;
  const late = `Get "${first}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`;
  return attempt(target, late, (end) => {
    let close = (): void => {};
    let redirects = 0;
    const failed = (url: string, problem: string): void =>
      end({ ok: false, message: `Get "${url}": ${problem}` });
    const ask = (url: string): void => {
      const { hostname, port, protocol } = new URL(url);
      const request = protocol === 'https:' ? httpsRequest : httpRequest;
      // The kubelet does not verify the certificate of a probed server either.
      const sent = request(url, { headers: headersOf(action), agent: false, rejectUnauthorized: false });
      close = () => sent.destroy();
      sent.on('error', (error) => {
        failed(
          url,
          dialError(
            error,
            hostname.replace(/^\[|\]$/g, ''),
            Number(port) || (protocol === 'https:' ? 443 : 80),
          ),
        );
      });
      sent.on('response', (response) => {
        const next = redirectOf(response, url);
        if (next === undefined || next.hostname !== new URL(first).hostname)
          return void verdict(response).then(end);
        response.destroy();
        redirects += 1;
        if (redirects >= MAX_REDIRECTS) failed(url, `stopped after ${MAX_REDIRECTS} redirects`);
        else ask(next.href);
      });
      sent.end();
    };
    ask(first);
    return () => close();
  });
}

function headersOf(action: HttpGetAction): Record<string, string | string[]> {
  const headers = new Map<string, string[]>();
  for (const { name, value } of action.httpHeaders ?? [])
    headers.set(name.toLowerCase(), [...(headers.get(name.toLowerCase()) ?? []), value]);
  if (!headers.has('user-agent')) headers.set('user-agent', [USER_AGENT]);
  if (!headers.has('accept')) headers.set('accept', ['*/*']);
  // Said to be empty, it is not sent.
  else if (headers.get('accept')?.[0] === '') headers.delete('accept');
  headers.set('connection', ['close']);
  return Object.fromEntries(
    [...headers].map(([name, values]) => [name, values.length === 1 ? values[0]! : values]),
  );
}

function redirectOf({ statusCode = 0, headers }: IncomingMessage, url: string): URL | undefined {
  const redirected = [301, 302, 303, 307, 308].includes(statusCode) && headers.location !== undefined;
  return redirected && URL.canParse(headers.location!, url) ? new URL(headers.location!, url) : undefined;
}

async function verdict(response: IncomingMessage): Promise<ProbeResult> {
  const status = response.statusCode ?? 0;
  if (status < 200 || status >= 400)
    return { ok: false, message: `HTTP probe failed with statuscode: ${status}` };
  if (status < 300) return { ok: true };
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= BODY_LIMIT_BYTES) break;
    }
  } catch {
    // The body is only shown.
  }
  const body = Buffer.concat(chunks).subarray(0, BODY_LIMIT_BYTES).toString();
  return { ok: true, warning: `Probe terminated redirects, Response body: ${body}` };
}
