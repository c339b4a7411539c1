import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { KubeObject } from '../../objects.js';
import type { ResponseStream, StreamingAnswer } from '../http/answer.js';
import type { ResourceContext } from '../http/context.js';
import { passOn } from '../http/pass-on.js';
import type { EndpointSlice } from '../kinds/endpoint-slice-types.js';
import type { KindInfo } from '../kinds.js';
import { badRequest, notFound } from '../refusals.js';
import { ApiStatus } from '../status.js';
import { at } from '../storage/json.js';
import { type ProxyName, parseProxyName } from './proxy-name.js';

/** Where a request is passed on to. */
interface Place {
  readonly host: string;
  readonly port: number;
}

/** Headers that are about one connection (RFC 9110 §7.6.1), or about the caller's access to this API server. */
const OWN_HEADERS =
  /^(:.*|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|host|content-length|authorization|impersonate-.*)$/;
/** A server that does not answer within this time is given up; the body may take as long as it likes. */
const ANSWER_TIMEOUT_MS = 30_000;

/** `pods/NAME/proxy/…` and `services/NAME/proxy/…`, by any method: the request goes to a pod, as it is. */
export async function proxy(context: ResourceContext, kind: KindInfo): Promise<StreamingAnswer> {
  if (context.connection)
    throw badRequest('upgrade requests are not passed on by the proxy of this API server');
  const asked = parseProxyName(context.target.name ?? '');
  if (!asked) throw badRequest(`invalid ${kind.singular} request "${context.target.name}"`);
  const place =
    kind.resource === 'pods' ? placeOfPod(context, kind, asked) : placeOfService(context, kind, asked);
  const body = context.method === 'GET' ? undefined : await context.body();
  const abort = new AbortController();
  const answer = await ask(context, { scheme: asked.scheme, place, body, abort });
  return { stream: (out) => pass(answer, out, abort) };
}

function find({ services, target }: ResourceContext, kind: KindInfo, name: string): KubeObject {
  const object = services.cluster.get(kind.resource, target.namespace, name);
  if (!object) throw notFound(kind, name);
  return object;
}

const listAt = (object: unknown, ...path: string[]): readonly unknown[] => {
  const found = at(object, ...path);
  return Array.isArray(found) ? found : [];
};

/** The port that is asked for, else the first one that a container names. */
function placeOfPod(context: ResourceContext, kind: KindInfo, { name, port }: ProxyName): Place {
  const pod = find(context, kind, name);
  const host = at(pod, 'status', 'podIP');
  if (typeof host !== 'string' || host === '') throw badRequest('address not allowed');
  const ports = listAt(pod, 'spec', 'containers').flatMap((container) => listAt(container, 'ports'));
  const number = port === '' ? (at(ports[0], 'containerPort') ?? 80) : Number(port);
  if (!isPort(number)) throw badRequest(`invalid pod port "${port}": accepted is a number`);
  return { host, port: number };
}

const isPort = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536;

/** A ready endpoint of the Service port that is asked for by name or number; without one, of the unnamed port. */
function placeOfService(context: ResourceContext, kind: KindInfo, { name, port }: ProxyName): Place {
  const service = find(context, kind, name);
  const named = /^\d+$/.test(port)
    ? (at(
        listAt(service, 'spec', 'ports').find((each) => at(each, 'port') === Number(port)),
        'name',
      ) ?? (hasPort(service, Number(port)) ? '' : undefined))
    : port;
  if (named === undefined) throw unavailable(`no service port "${port}" found for service "${name}"`);
  const places = slicesOf(context, name).flatMap((slice) => placesIn(slice, String(named)));
  const place = places[Math.floor(Math.random() * places.length)];
  if (!place) throw unavailable(`no endpoints available for service "${name}"`);
  return place;
}

const hasPort = (service: KubeObject, port: number): boolean =>
  listAt(service, 'spec', 'ports').some((each) => at(each, 'port') === port);

function slicesOf({ services, target }: ResourceContext, service: string): readonly EndpointSlice[] {
  return services.cluster
    .list('endpointslices', target.namespace)
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === service);
}

function placesIn(slice: EndpointSlice, name: string): Place[] {
  const port = slice.ports?.find((each) => (each.name ?? '') === name)?.port;
  if (port === undefined) return [];
  return (slice.endpoints ?? []).flatMap((endpoint) => {
    const [host] = endpoint.addresses ?? [];
    const ready = at(endpoint, 'conditions', 'ready') ?? true;
    return ready && host !== undefined ? [{ host, port }] : [];
  });
}

const unavailable = (message: string): ApiStatus => new ApiStatus(503, 'ServiceUnavailable', message);

interface Question {
  readonly scheme: ProxyName['scheme'];
  readonly place: Place;
  readonly body: Buffer | undefined;
  readonly abort: AbortController;
}

function ask(context: ResourceContext, { scheme, place, body, abort }: Question): Promise<IncomingMessage> {
  const { services, method, path, query, headers } = context;
  const rest = /\/proxy(\/.*)?$/.exec(afterName(path))?.[1] ?? '/';
  const send = scheme === 'https' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const outgoing = send({
      ...place,
      method,
      path: query.size > 0 ? `${rest}?${query}` : rest,
      headers: {
        ...passedOn(headers),
        'x-forwarded-uri': path,
        'x-forwarded-proto': 'https',
        ...(body ? { 'content-length': body.length } : {}),
      },
      agent: false,
      signal: abort.signal,
      // Upstream asks servers behind the proxy for no proof either.
      rejectUnauthorized: false,
    });
    const timer = services.clock.setTimeout(
      () => outgoing.destroy(new Error(`no answer within ${ANSWER_TIMEOUT_MS / 1000} s`)),
      ANSWER_TIMEOUT_MS,
    );
    outgoing.on('response', (answer) => {
      timer.cancel();
      resolve(answer);
    });
    outgoing.on('error', (error) => {
      timer.cancel();
      reject(unavailable(`error trying to reach service: ${error.message}`));
    });
    outgoing.end(body);
  });
}

/** The path from the subresource on: namespaces and objects may be called `proxy`, too. */
const afterName = (path: string): string => path.replace(/^\/api\/v1\/namespaces\/[^/]+\/[^/]+\/[^/]+/, '');

function passedOn(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || OWN_HEADERS.test(name) ? [] : [[name, value]],
    ),
  );
}

function pass(answer: IncomingMessage, out: ResponseStream, abort: AbortController): void {
  const { statusCode: code = 502, headers } = answer;
  out.open(headers['content-type'] ?? '', { code, headers: passedOn(headers) });
  passOn(answer, out, abort);
}
