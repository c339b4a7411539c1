import { expect, it } from 'vitest';
import type { Told } from './claim.js';
import type { Screen } from './screen.js';
import type { Stage, Step } from './stage.js';
import { tellStory } from './story.js';
import type { Traffic } from './traffic.js';

/** Writes down what the story does to the stage. */
function stageWithLog() {
  const log: string[] = [];
  const client = (name: string): Traffic => ({
    name,
    count: { calls: 0, ok: new Map(), failures: [], firstCallMs: new Map() },
    reset: () => {},
    start: () => {},
    pause: async () => void log.push(`pause ${name}`),
    close: async () => {},
  });
  const screen: Screen = {
    title: (text) => void log.push(text),
    line: () => {},
    progress: (_, work) => work,
    traffic: (_, work) => work,
    phase: () => {},
    outcome: (outcome) => void log.push('why' in outcome ? outcome.why : outcome.words.join()),
    summary: (outcomes) => void log.push(`summary of ${outcomes.length}`),
  };
  const clients = { clusterIp: client('vip'), fairlead: client('fairlead'), retrying: client('retry') };
  const stage: Pick<Stage, 'clients' | 'screen'> = { clients, screen };
  return { stage: stage as Stage, log };
}

const told = (id: string): Told => ({
  claim: { id, text: id, holds: true, figures: {} },
  words: [`words of ${id}`],
});
const step = (id: string, run: Step['run']): Step => ({ id, title: `title of ${id}`, run });
const signal = new AbortController().signal;
const PAUSES = ['pause vip', 'pause fairlead', 'pause retry'];

it('tells the steps in order, stops their load, and sums up', async () => {
  const { stage, log } = stageWithLog();
  const steps = [step('a', async () => told('a')), step('b', async () => ({ id: 'b', why: 'no DNS' }))];
  const report = await tellStory(stage, signal, steps);
  expect(report).toEqual({
    claims: [told('a').claim],
    ok: true,
    omitted: [{ id: 'b', why: 'no DNS' }],
  });
  expect(log).toEqual([
    '1. title of a',
    ...PAUSES,
    'words of a',
    '2. title of b',
    ...PAUSES,
    'no DNS',
    'summary of 2',
  ]);
});

it('takes a step that cannot go on for a claim that does not hold, and goes on', async () => {
  const { stage } = stageWithLog();
  const steps = [step('a', () => Promise.reject(new Error('gave up'))), step('b', async () => told('b'))];
  expect(await tellStory(stage, signal, steps)).toEqual({
    claims: [{ id: 'a', text: 'title of a', holds: false, figures: { trouble: 'gave up' } }, told('b').claim],
    ok: false,
  });
});

it('ends without another word when it is broken off', async () => {
  const { stage, log } = stageWithLog();
  const controller = new AbortController();
  const steps = [
    step('a', async () => {
      controller.abort(new Error('interrupted'));
      throw new Error('a wait that was broken off');
    }),
    step('b', async () => told('b')),
  ];
  await expect(tellStory(stage, controller.signal, steps)).rejects.toThrow('interrupted');
  expect(log).toEqual(['1. title of a']);
});
