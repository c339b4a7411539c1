import { expect, it } from 'vitest';
import { ownGrpc as grpc } from '../grpc.js';
import { PickCells } from '../telemetry/pick-cells.js';
import { Connection, connectionError } from './connection.js';

it.each([
  [
    'No connection established. Last error: Error: connect ECONNREFUSED 10.0.0.1:80. Resolution note: ',
    'Error: connect ECONNREFUSED 10.0.0.1:80',
  ],
  ['No connection established. Last error: null. Resolution note: ', null],
  ['Picked subchannel 10.0.0.1:80 is unhealthy', 'Picked subchannel 10.0.0.1:80 is unhealthy'],
])('reads the reason of %s', (message, reason) => {
  expect(connectionError(message)).toBe(reason);
});

it('tells nothing once it is closed, whatever its leaf still says', () => {
  const told: string[] = [];
  const helper = {
    createSubchannel: () => {
      throw new Error('not part of this test');
    },
    updateState: () => {},
    requestReresolution: () => void told.push('resolution'),
    addChannelzChild: () => {},
    removeChannelzChild: () => {},
  };
  const candidate = { key: '10.0.0.1:80', ready: true, serving: true, terminating: false };
  const connection = new Connection({
    grpc,
    owner: { helper, onConnection: (_connection, state) => void told.push(state) },
    endpoint: { addresses: [{ host: '10.0.0.1', port: 80 }] },
    candidate,
    channelOptions: {},
    cell: new PickCells(false).acquire('', candidate),
    nowMs: 0,
  });
  const say = (): void => {
    connection.updateState(
      grpc.connectivityState.CONNECTING,
      new grpc.experimental.UnavailablePicker(),
      null,
    );
    connection.requestReresolution();
  };
  say();
  expect(told.splice(0)).toEqual(['connecting', 'resolution']);
  connection.close();
  say();
  expect(told).toEqual([]);
});
