import { EventEmitter } from 'node:events';
import type { ServerHttp2Stream } from 'node:http2';
import { expect, it } from 'vitest';
import { VirtualClock } from '../../../discovery/test/doubles/virtual-clock.js';
import { ServerCall } from './server-call.js';

/** A call whose stream takes everything. */
function open() {
  const nothing = (): void => {};
  const stream = Object.assign(new EventEmitter(), {
    ...{ respond: nothing, resume: nothing, end: nothing, write: nothing },
    ...{ closed: false, destroyed: false, writableFinished: true },
  });
  let answers = 0;
  // As much of a stream as a call needs to be answered.
  const call = new ServerCall(
    stream as unknown as ServerHttp2Stream,
    {},
    {
      peer: '10.0.0.1:1',
      maxMessageBytes: 100,
      clock: new VirtualClock(),
      answered: () => {
        answers += 1;
      },
      drainConnection: nothing,
    },
  );
  return { call, answers: () => answers };
}

it.each<[string, (call: ServerCall) => void]>([
  ['messages', (call) => call.write(Buffer.from('one'), () => {})],
  ['a refusal', (call) => call.end({ code: 16, details: 'who are you?' })],
])('says once that its client has an answer, when that is %s', (_, answer) => {
  const { call, answers } = open();
  expect(answers()).toBe(0);
  answer(call);
  answer(call);
  call.end();
  expect(answers()).toBe(1);
});
