import { Metadata, type ServerInterceptor, status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { CallRegistry } from './call-registry.js';

type InnerCall = Parameters<ServerInterceptor>[1];
type Listener = Parameters<InnerCall['start']>[0];

const ignore: Listener = {
  onReceiveMetadata() {},
  onReceiveMessage() {},
  onReceiveHalfClose() {},
  onCancel() {},
};

/** The end of a call that is nearest to the wire, as a record of what was sent. */
function fakeCall(how: { dead?: boolean } = {}): { inner: InnerCall; sent: string[]; close(): void } {
  const sent: string[] = [];
  let listener: Listener = ignore;
  const unused = (): never => {
    throw new Error('the registry does not ask for this');
  };
  const inner: InnerCall = {
    start(given) {
      // grpc-js tells a call whose stream is already gone nothing at all.
      if (how.dead) return;
      listener = given;
      listener.onReceiveMetadata(new Metadata());
    },
    sendMetadata: () => void sent.push('metadata'),
    sendMessage: (message) => void sent.push(`message ${message}`),
    sendStatus: ({ code }) => void sent.push(status[code ?? status.UNKNOWN]),
    startRead: unused,
    getPeer: unused,
    getDeadline: unused,
    getHost: unused,
    getAuthContext: unused,
    getConnectionInfo: unused,
    getMetricsRecorder: unused,
  };
  return { inner, sent, close: () => listener.onCancel() };
}

function method(path: string): Parameters<ServerInterceptor>[0] {
  const same = (value: Buffer): Buffer => value;
  return {
    path,
    requestStream: false,
    responseStream: false,
    requestDeserialize: same,
    responseSerialize: same,
  };
}

/** Starts a call through the registry. */
function track(registry: CallRegistry, path = '/a.B/C', how: { dead?: boolean } = {}) {
  const fake = fakeCall(how);
  const call = registry.interceptor(method(path), fake.inner);
  call.start(ignore);
  return { ...fake, call };
}

const OK = { code: status.OK, details: 'OK' };

describe('CallRegistry', () => {
  it('passes a call through and counts it when its last byte is out', () => {
    const registry = new CallRegistry();
    const { call, sent, close } = track(registry);
    call.sendMetadata(new Metadata());
    call.sendMessage('m', () => {});
    call.sendStatus(OK);
    expect(sent).toEqual(['metadata', 'message m', 'OK']);
    expect(registry.counts.finished).toBe(0);
    close();
    close();
    expect(registry.counts).toEqual({ finished: 1, cut: 0 });
    registry.begin();
    expect(registry.counts.finished).toBe(0);
  });

  it('ends open calls with UNAVAILABLE and drops what their handlers still send', () => {
    const registry = new CallRegistry();
    const { call, sent, close } = track(registry);
    call.sendMetadata(new Metadata());
    registry.cut();
    registry.cut();
    call.sendMessage('late', () => {});
    call.sendStatus(OK);
    expect(sent).toEqual(['metadata', 'UNAVAILABLE']);
    close();
    expect(registry.counts).toEqual({ finished: 0, cut: 1 });

    const silent = track(registry);
    registry.cut();
    silent.call.sendMetadata(new Metadata());
    expect(silent.sent).toEqual(['UNAVAILABLE']);
  });

  it('leaves an answered call alone, and counts it as cut only when its answer is given up', () => {
    const registry = new CallRegistry();
    const [delivered, stuck] = [track(registry), track(registry)];
    delivered.call.sendStatus(OK);
    stuck.call.sendStatus(OK);
    registry.cut();
    expect([delivered.sent, stuck.sent]).toEqual([['OK'], ['OK']]);
    delivered.close();
    registry.abandon();
    stuck.close();
    expect(registry.counts).toEqual({ finished: 1, cut: 1 });
  });

  it('ends health calls when told, also later ones, and counts none of them', () => {
    const registry = new CallRegistry();
    const before = track(registry, '/grpc.health.v1.Health/Watch');
    const other = track(registry);
    registry.endAsides();
    const after = track(registry, '/grpc.health.v1.Health/Watch');
    expect([before.sent, after.sent, other.sent]).toEqual([['UNAVAILABLE'], ['UNAVAILABLE'], []]);
    for (const each of [before, after, other]) each.close();
    expect(registry.counts).toEqual({ finished: 1, cut: 0 });
  });

  it('keeps nothing of a call whose stream was gone before it started', () => {
    const registry = new CallRegistry();
    track(registry, '/a.B/C', { dead: true });
    registry.cut();
    registry.abandon();
    expect(registry.counts).toEqual({ finished: 0, cut: 0 });
  });
});
