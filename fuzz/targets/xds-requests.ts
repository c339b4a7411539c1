import { createEndpointSet, type EndpointObserver, type Watch } from '@fairlead/discovery';
import { DeltaSession } from '#control-plane/ads/delta-session.js';
import { NackLog } from '#control-plane/ads/nack-log.js';
import { readDeltaRequest, readSotwRequest, UNREADABLE } from '#control-plane/ads/read-request.js';
import { Refusals } from '#control-plane/ads/refusals.js';
import type { Outcome, Session, SessionOptions } from '#control-plane/ads/session.js';
import { SotwSession } from '#control-plane/ads/sotw-session.js';
import { PUSH_ORDER } from '#control-plane/resource-type.js';
import { Snapshot } from '#control-plane/snapshot/snapshot.js';
import { TargetDirectory } from '#control-plane/targets/target-directory.js';
import { bytesForm } from '../forms/bytes.js';
import { type FuzzTarget, hold } from '../target.js';

const NAME = 'serv.nspace:8088';
const MOST_NAMES = 50;
const OTHER = 'type.googleapis.com/envoy.service.runtime.v3.Runtime';
const TYPES = {
  listener: 'type.googleapis.com/envoy.config.listener.v3.Listener',
  cluster: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
  endpoints: 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
};

/** Every Service has one pod. */
const source = {
  watch(_target: unknown, observer: EndpointObserver): Watch {
    const addresses = [{ host: '10.0.0.1', port: 8080 }];
    const endpoint = { key: '10.0.0.1:8080', addresses, ready: true, serving: true, terminating: false };
    const set = createEndpointSet({
      target: '',
      endpoints: [{ ...endpoint, slice: 's' }],
      state: { kind: 'live' },
      reason: '',
      changedAtMs: 0,
    });
    observer.onSet(set, { added: set.endpoints, removed: [], changed: [] });
    return { close() {} };
  },
};

const clock = { now: () => 1_000, setTimeout: () => ({ cancel() {}, unref() {} }) };
const nothing = (): void => {};
const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** Answers what there is to answer, as a stream would. */
function answer(session: Pick<Session<never>, 'isDirty' | 'next'>): Buffer[] {
  return PUSH_ORDER.flatMap((type) => {
    const response = session.isDirty(type) ? session.next(type) : undefined;
    hold(session.next(type) === undefined, 'there are two answers to one request');
    return response === undefined ? [] : [response.frame];
  });
}

interface Stream<Request> {
  readonly session: Session<Request>;
  read(bytes: Buffer): ReturnType<typeof readSotwRequest> | ReturnType<typeof readDeltaRequest>;
}

/** What a stream does with the bytes of one request; false when it has to end. */
function feed(stream: Stream<never>, bytes: Buffer, onOutcome: (outcome: Outcome) => void): boolean {
  const read = stream.read(bytes);
  if (read === UNREADABLE) return false;
  const { id, agent, agentVersion } = read.node();
  hold(
    [id, agent, agentVersion].every((text) => text.length <= 200),
    'a text of a client is kept whole',
  );
  if (read.request === undefined) return true;
  const outcome = stream.session.request(read.request as never);
  onOutcome(outcome);
  answer(stream.session);
  return outcome.refused === undefined;
}

/** A client that asks as it should is answered, whatever others did. */
function judgeGood(options: SessionOptions): void {
  const session = new SotwSession(options);
  session.request({ type: 'endpoints', names: [NAME], nonce: '' });
  const [bytes] = answer(session);
  hold(bytes?.includes('10.0.0.1') === true, 'a good client is not answered');
  session.close();
}

/** Requests one after the other: a byte that says how long each is, then its bytes. */
function split(input: Buffer): Buffer[] {
  const requests: Buffer[] = [];
  for (let at = 0; at < input.length; ) {
    const end = at + 1 + (input[at] ?? 0);
    requests.push(input.subarray(at + 1, end));
    at = end;
  }
  return requests;
}

function judge(input: Buffer): void {
  const snapshot = new Snapshot();
  const defaults = { namespace: 'default' };
  const limits = { mergeMs: 50, lingerMs: 0, maxTargets: 20 };
  const interests = new TargetDirectory({ source, snapshot, clock, logger, defaults, ...limits });
  const options: SessionOptions = { snapshot, interests, maxNames: MOST_NAMES };
  const streams: readonly Stream<never>[] = [
    { session: new SotwSession(options), read: readSotwRequest },
    { session: new DeltaSession(options), read: readDeltaRequest },
  ];
  for (const stream of streams) {
    const refusals = new Refusals();
    const nacks = new NackLog({ clock, logger });
    const leave = snapshot.subscribe((type, names) => stream.session.changed(type, names));
    const onOutcome = ({ nack, accepted }: Outcome): void => {
      if (accepted !== undefined) refusals.accepted(accepted);
      if (nack === undefined) return;
      hold(nack.text.length <= 1_000, 'a refusal is kept whole');
      refusals.refused(nack, clock.now());
      nacks.add(nack, { id: '', agent: '', agentVersion: '' });
    };
    for (const bytes of split(input)) if (!feed(stream, bytes, onOutcome)) break;
    hold(refusals.list().length <= 100, 'refusals are kept without end');
    leave();
    stream.session.close();
  }
  judgeGood(options);
  interests.close();
}

function field(number: number, bytes: Buffer | string): Buffer {
  const value = Buffer.from(bytes as string);
  return Buffer.concat([Buffer.from([number * 8 + 2, value.length]), value]);
}

function requests(...all: readonly Buffer[]): Buffer {
  return Buffer.concat(all.flatMap((bytes) => [Buffer.from([bytes.length]), bytes]));
}

const sotw = (type: string, names: readonly string[], ...more: readonly Buffer[]): Buffer =>
  Buffer.concat([...names.map((name) => field(3, name)), field(4, type), ...more]);

const delta = (type: string, names: readonly string[], ...more: readonly Buffer[]): Buffer =>
  Buffer.concat([field(2, type), ...names.map((name) => field(3, name)), ...more]);

/** Streams of xDS clients, of both protocols. */
export const xdsRequests: FuzzTarget<Buffer> = {
  name: 'xds-requests',
  about:
    'bytes of discovery requests, one after the other: none throws, what is kept is bounded, others are answered',
  form: bytesForm([
    Buffer.from('*'),
    Buffer.from(NAME),
    Buffer.from('serv.nspace.svc:8088'),
    Buffer.from('__proto__'),
    field(5, '1'),
    field(6, '1'),
    field(6, field(2, `no: ${NAME}`)),
    field(7, Buffer.from([8, 3])),
  ]),
  seeds: () => [
    requests(
      sotw(TYPES.listener, [NAME], field(2, field(1, 'node'))),
      sotw(TYPES.listener, [NAME], field(5, '1')),
      sotw(TYPES.endpoints, [NAME, 'late.nspace:1']),
      sotw(TYPES.endpoints, [NAME], field(5, '2'), field(6, field(2, `bad: ${NAME}`))),
      sotw(TYPES.endpoints, []),
    ),
    requests(sotw(TYPES.cluster, []), sotw(TYPES.cluster, [], field(5, '1')), sotw(OTHER, ['x'])),
    requests(
      delta(TYPES.cluster, [NAME], field(1, field(1, 'node'))),
      delta(TYPES.cluster, [], field(4, NAME), field(6, '1')),
      delta(TYPES.endpoints, ['*'], field(5, Buffer.concat([field(1, NAME), field(2, 'v')]))),
      delta(TYPES.endpoints, [NAME], field(6, '2'), field(7, field(2, 'no'))),
    ),
    requests(),
  ],
  open: () => ({ check: judge }),
};
