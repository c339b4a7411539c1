import { expect, it } from 'vitest';
import { connectionError } from './connection.js';

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
