import { expect, it } from 'vitest';
import { chooseIsolation } from './isolate.js';
import type { Isolation } from './node-agent/index.js';
import type { IsolateMode } from './sandbox.js';

const isolation = { tools: {} } as Isolation;
const works = async () => ({ isolation });
const fails = async () => ({ problem: 'unshare: Operation not permitted' });
const unasked = async (): Promise<never> => {
  throw new Error('not asked for');
};

it('isolates where that works, unless it is off', async () => {
  expect(await chooseIsolation('auto', works)).toEqual({ isolation });
  expect(await chooseIsolation('on', works)).toEqual({ isolation });
  expect(await chooseIsolation('off', unasked)).toEqual({});
});

it('goes on without where it does not work, or says in one line why it must not', async () => {
  expect(await chooseIsolation('auto', fails)).toEqual({ problem: 'unshare: Operation not permitted' });
  await expect(chooseIsolation('on', fails)).rejects.toMatchObject({
    code: 'ISOLATION_UNAVAILABLE',
    message:
      'isolate "on": pods cannot have mounts at their own paths on this machine: unshare: Operation not permitted; accepted here are "auto" and "off"',
  });
  await expect(chooseIsolation('yes' as IsolateMode, unasked)).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    message: 'isolate "yes": accepted are "auto", "on" and "off"',
  });
});
