import { EventEmitter } from 'node:events';
import type { ServerHttp2Session } from 'node:http2';
import { expect, it } from 'vitest';
import { VirtualClock } from '../../../discovery/test/doubles/virtual-clock.js';
import { Connection } from './connection.js';

/** A session whose client answers pings while it is alive. */
function connect(remoteAddress = '10.0.0.1') {
  const clock = new VirtualClock();
  const told: string[] = [];
  const client = { alive: true };
  const session = Object.assign(new EventEmitter(), {
    socket: { remoteAddress, remotePort: 7 },
    closed: false,
    destroyed: false,
    ping(answered: (error: Error | null) => void) {
      told.push('ping');
      if (client.alive) answered(null);
    },
    close(): void {
      session.closed = true;
      told.push('close');
    },
    destroy(): void {
      session.destroyed = true;
      told.push('destroy');
      session.emit('close');
    },
  });
  const options = { clock, keepaliveMs: 10, idleMs: 25, maxMessageBytes: 1, entered: () => {} };
  // As much of a session as a connection uses.
  const connection = new Connection(session as unknown as ServerHttp2Session, options);
  /** Time passes, and it is looked after every millisecond. */
  const pass = async (ms: number): Promise<void> => {
    for (let n = 0; n < ms; n++) {
      await clock.advance(1);
      connection.look();
    }
  };
  return { pass, told, client, connection };
}

it('asks whether the client is there, and cuts the connection when it has not answered', async () => {
  const { pass, told, client, connection } = connect();
  connection.add();
  await pass(20);
  client.alive = false;
  await pass(10);
  expect(told).toEqual(['ping', 'ping', 'ping']);
  await pass(100);
  expect(told).toEqual(['ping', 'ping', 'ping', 'destroy']);
});

it('sends a client away that has made no call for long', async () => {
  const { pass, told, connection } = connect();
  connection.add();
  await pass(100);
  expect(told).not.toContain('close');
  connection.remove();
  await pass(20);
  expect(told).not.toContain('close');
  await pass(10);
  expect(told.filter((each) => each === 'close')).toHaveLength(1);
  await pass(100);
  expect(told.filter((each) => each === 'close')).toHaveLength(1);
});

it.each([
  ['10.0.0.1', '10.0.0.1:7'],
  ['fd00::1', '[fd00::1]:7'],
])('calls a client at %s %s', (address, peer) => {
  expect(connect(address).connection.peer).toBe(peer);
});
