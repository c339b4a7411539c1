import { expect, it } from 'vitest';
import { OK, trailersOf } from './status.js';

it.each([
  ['a plain text', 'a plain text'],
  ['100 %', '100 %25'],
  ['line\nline', 'line%0Aline'],
  ['Größe', 'Gr%C3%B6%C3%9Fe'],
  ['\ud800', '%EF%BF%BD'],
])('writes %j as %s', (details, written) => {
  expect(trailersOf({ code: 8, details })).toEqual({ 'grpc-status': '8', 'grpc-message': written });
});

it('has no message without details', () => {
  expect(trailersOf(OK)).toEqual({ 'grpc-status': '0' });
});
