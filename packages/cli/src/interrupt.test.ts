import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { listenForInterrupt } from './interrupt.js';

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'])(
  'aborts at %s and leaves the next signal to the system',
  async (name) => {
    const source = new EventEmitter();
    const { signal, happened } = listenForInterrupt(source);
    expect(signal.aborted).toBe(false);
    source.emit(name);
    await happened;
    expect(signal.aborted).toBe(true);
    expect(source.eventNames()).toEqual([]);
  },
);

it('hears nothing after dispose', () => {
  const source = new EventEmitter();
  const interrupt = listenForInterrupt(source);
  interrupt.dispose();
  interrupt.dispose();
  expect(source.eventNames()).toEqual([]);
});
