import { expect, it } from 'vitest';
import { refusals } from './audit.js';

const event = (verb: string, code: number, message = ''): string =>
  JSON.stringify({
    verb,
    objectRef: { resource: 'pods', subresource: 'status' },
    responseStatus: { code, message },
  });

it('names what was refused once, and neither conflicts nor what an ending namespace refuses', () => {
  const lines = [
    event('patch', 200),
    event('patch', 422, 'Invalid value'),
    event('patch', 422, 'Invalid value'),
    event('patch', 404),
    event('create', 403, 'namespace x: unable to create because it is being terminated'),
  ];
  expect(refusals(`${lines.join('\n')}\n`)).toEqual({
    requests: 5,
    refused: ['patch pods/status 422 Invalid value'],
  });
});

it('excuses a race of caches only when the same request is answered well afterwards', () => {
  const race = event('create', 403, 'no relationship found between node');
  expect(refusals([race, event('create', 201)].join('\n')).refused).toEqual([]);
  expect(refusals([event('create', 201), race, event('patch', 200)].join('\n')).refused).toHaveLength(1);
});
