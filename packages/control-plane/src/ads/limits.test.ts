import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../discovery/test/doubles/virtual-clock.js';
import { NodeSchema } from '../gen/envoy/config/core/v3/base_pb.js';
import { keepsLastEndpoints, readNode } from './client-node.js';
import { NackLog } from './nack-log.js';
import { Pacing } from './pacing.js';
import { Refusals } from './refusals.js';
import { RequestBudget } from './request-budget.js';

describe('RequestBudget', () => {
  it('lets a burst through, then as many as the rate', () => {
    const budget = new RequestBudget({ perSecond: 10, burst: 2 }, 0);
    expect([budget.take(0), budget.take(0), budget.take(0), budget.take(0)]).toEqual([0, 0, 100, 200]);
    expect(budget.take(300)).toBe(0);
    expect(budget.take(100)).toBe(100);
  });

  it('saves up no more than a burst', () => {
    const budget = new RequestBudget({ perSecond: 10, burst: 2 }, 0);
    expect([1e9, 1e9, 1e9].map((atMs) => budget.take(atMs))).toEqual([0, 0, 100]);
  });
});

describe('Pacing', () => {
  it('waits for the rest of the window, for each type by itself, and not for a clock that was set back', () => {
    const pacing = new Pacing(10);
    pacing.sent('cluster', 1_000);
    expect(pacing.waitMs('cluster', 1_004)).toBe(6);
    expect(pacing.waitMs('cluster', 1_010)).toBe(0);
    expect(pacing.waitMs('route', 1_004)).toBe(0);
    expect(pacing.waitMs('cluster', 500)).toBe(0);
  });
});

describe('keepsLastEndpoints', () => {
  it.each([
    ['gRPC Java', '1.75.0', false],
    ['gRPC Java', '1.76.0', true],
    ['gRPC Java', '1.100.0-SNAPSHOT', true],
    ['gRPC Java', '2.0.0', true],
    ['gRPC Java', '', true],
    ['gRPC Go', '1.85.0', false],
    ['gRPC C-core linux Python', '1.85.1', false],
    ['envoy', '', false],
  ])('%s %s: %s', (agent, agentVersion, keeps) => {
    expect(keepsLastEndpoints({ id: '', agent, agentVersion })).toBe(keeps);
  });

  it('knows nothing of a client that says nothing, and cuts what is too long', () => {
    expect(readNode(undefined)).toEqual({ id: '', agent: '', agentVersion: '' });
    const node = create(NodeSchema, { id: 'x'.repeat(9_999), userAgentName: 'a' });
    expect(readNode(node).id).toHaveLength(200);
  });
});

describe('NackLog', () => {
  const nack = { type: 'cluster', names: ['a.n:1'], text: 'bad' } as const;
  const node = { id: 'n1', agent: 'gRPC Go', agentVersion: '1' };

  function log() {
    const clock = new VirtualClock();
    const lines: unknown[] = [];
    const note = (_: string, fields: unknown): void => void lines.push(fields);
    const logger = { debug: note, info: note, warn: note, error: note };
    return { clock, lines, nacks: new NackLog({ clock, logger }) };
  }

  it('says a refusal once a minute, however often it is repeated', async () => {
    const { clock, lines, nacks } = log();
    for (let n = 0; n < 5; n++) nacks.add(nack, node);
    expect(lines).toEqual([
      { node: 'n1', client: 'gRPC Go 1', type: 'cluster', names: ['a.n:1'], text: 'bad' },
    ]);
    await clock.advance(60_000);
    nacks.add(nack, node);
    expect(lines).toHaveLength(2);
  });

  it('writes a bounded number of lines, whatever clients invent', () => {
    const { lines, nacks } = log();
    for (let n = 0; n < 5_000; n++) nacks.add({ ...nack, names: [`x${n}`] }, { ...node, id: `n${n}` });
    expect(lines).toHaveLength(100);
  });
});

describe('Refusals', () => {
  it('keeps a bounded number, and says which name a client did not tell', () => {
    const refusals = new Refusals();
    refusals.refused({ type: 'route', names: [], text: 'x' }, 1);
    expect(refusals.list()).toEqual([{ type: 'route', name: '', text: 'x', sinceMs: 1, count: 1 }]);
    for (let n = 0; n < 1_000; n++) refusals.refused({ type: 'route', names: [`x${n}`], text: 'x' }, 2);
    expect(refusals.list()).toHaveLength(100);
    refusals.accepted({ type: 'route', names: ['x0'] });
    expect(refusals.list()).toHaveLength(98);
  });
});
