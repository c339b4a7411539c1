import type { ClientName, Look, SeenEndpoint } from '../client/messages.js';
import { usable } from '../cluster/slices.js';

/** What the API says, and which of it is known to be gone although it says otherwise. */
export interface Truth {
  readonly endpoints: readonly SeenEndpoint[];
  /** Nodes that were lost: the API takes their pods for ready until their silence is noticed. */
  readonly lostNodes: ReadonlySet<string>;
}

const CLIENTS: readonly ClientName[] = ['plain', 'retrying'];
/** Each channel has a connection to each pod: those of the calls, and that of the streams. */
const CHANNELS = 3;
/** Two channels have the same options and share theirs. */
const POOLS = 2;

const line = ({ key, pod, node, ready, serving, terminating }: SeenEndpoint): string =>
  [key, pod, node, ready, serving, terminating].join(' ');

/** Addresses that calls must go to, all of them and no other. */
export function calledFor({ endpoints, lostNodes }: Truth): string[] {
  return usable(endpoints)
    .filter(({ node }) => !lostNodes.has(node))
    .map(({ key }) => key);
}

/** What there is and should not be, and the other way round, a line each. */
export function differences(what: string, got: readonly string[], wanted: readonly string[]): string[] {
  const extra = got.filter((each) => !wanted.includes(each));
  const missing = wanted.filter((each) => !got.includes(each));
  return [
    ...extra.map((each) => `${what} ${each}, which the API does not have`),
    ...missing.map((each) => `the API has ${each}: no ${what}`),
  ];
}

/** What the client does now that the API does not say: published endpoints and connections. Empty when they agree. */
export function disagreements(truth: Truth, { view, connections, connectedTo }: Look): string[] {
  const wanted = calledFor(truth);
  const ready = connections.ready ?? 0;
  return [
    ...differences('published endpoint', view.endpoints.map(line), truth.endpoints.map(line)),
    ...(view.state === 'live' ? [] : [`the client says that its endpoints are ${view.state}`]),
    ...(ready === CHANNELS * wanted.length
      ? []
      : [`${ready} connections are ready: for ${wanted.length} pods there are ${CHANNELS} each`]),
    ...wanted
      .filter((key) => connectedTo.filter((each) => each === key).length < POOLS)
      .map((key) => `the kernel knows fewer than ${POOLS} connections to ${key}`),
  ];
}

/** Where calls went since the last mark that they should not have, and where none went. */
export function misdirected(truth: Truth, { answered, silentStreams }: Look): string[] {
  const wanted = calledFor(truth);
  return [
    ...CLIENTS.flatMap((name) =>
      differences(`${name} call answered by`, Object.keys(answered[name]), wanted),
    ),
    ...silentStreams.map((peer) => `a stream to ${peer} has had no answer for a second`),
  ];
}
