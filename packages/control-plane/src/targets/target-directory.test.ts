import type { LogFields } from '@fairlead/discovery';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../discovery/test/doubles/virtual-clock.js';
import { endpoint } from '../../test/doubles/endpoints.js';
import { ScriptedSource } from '../../test/doubles/scripted-source.js';
import { PUSH_ORDER } from '../resource-type.js';
import { Snapshot } from '../snapshot/snapshot.js';
import { targetOfName } from '../translate/names.js';
import { TargetDirectory, type TargetDirectoryOptions } from './target-directory.js';

const MERGE_MS = 50;
const LINGER_MS = 1_000;

function directory(more: Partial<TargetDirectoryOptions> = {}) {
  const clock = new VirtualClock();
  const snapshot = new Snapshot();
  const source = new ScriptedSource();
  const news: string[] = [];
  const warnings: (LogFields | undefined)[] = [];
  snapshot.subscribe((type, names) => news.push(...[...names].map((name) => `${type} ${name}`)));
  const note = (_: string, fields?: LogFields): void => void warnings.push(fields);
  const logger = { debug: note, info: note, warn: note, error: note };
  const names = new TargetDirectory({
    source,
    snapshot,
    clock,
    logger,
    defaults: {},
    mergeMs: MERGE_MS,
    lingerMs: LINGER_MS,
    maxTargets: 3,
    ...more,
  });
  const endpoints = (name: string): string =>
    snapshot.resource('endpoints', name)?.sotw.toString('latin1') ?? '';
  return { clock, snapshot, source, news, warnings, names, endpoints };
}

describe('TargetDirectory', () => {
  it('watches what is asked for, once, however it is written and by how many', () => {
    const { source, names } = directory();
    for (const name of ['a.n:1', 'a.n.svc:1', 'a.n.svc.cluster.local:1']) names.add('listener', name);
    names.add('endpoints', 'a.n:1');
    expect([source.watched, names.size]).toEqual([['a.n'], 1]);
  });

  it('has a listener for each way to write it, and one of all else', () => {
    const { snapshot, source, names, news } = directory();
    names.add('listener', 'a.n:1');
    names.add('listener', 'a.n.svc:1');
    source.put('a.n', '10.0.0.1');
    expect(news.toSorted()).toEqual([
      'cluster a.n:1',
      'endpoints a.n:1',
      'listener a.n.svc:1',
      'listener a.n:1',
      'route a.n:1',
    ]);
    names.add('listener', 'a.n.svc.cluster.local:1');
    expect(snapshot.resource('listener', 'a.n.svc.cluster.local:1')).toBeDefined();
  });

  it('says nothing of a target while it is not known, and that there is none when that is known', () => {
    const { snapshot, source, names, news } = directory();
    names.add('listener', 'a.n:1');
    source.lose('a.n');
    expect(snapshot.isSettled('listener', 'a.n:1')).toBe(false);
    source.remove('a.n');
    expect(snapshot.isSettled('listener', 'a.n:1')).toBe(true);
    expect(snapshot.resource('listener', 'a.n:1')).toBeUndefined();
    news.length = 0;
    names.add('listener', 'a.n.svc:1');
    expect(news).toEqual(['listener a.n.svc:1']);
    expect(snapshot.isSettled('cluster', 'a.n:1')).toBe(true);
  });

  it('does not wait for what it may not see, and answers when it may', async () => {
    const { snapshot, source, names } = directory();
    names.add('cluster', 'a.n:1');
    source.forbid('a.n');
    expect(snapshot.isSettled('cluster', 'a.n:1')).toBe(true);
    source.put('a.n', '10.0.0.1');
    expect(snapshot.resource('cluster', 'a.n:1')).toBeDefined();
    source.forbid('a.n');
    expect(snapshot.resource('cluster', 'a.n:1')).toBeDefined();
  });

  it('keeps what existed when its Service is deleted, without endpoints, and heals when it is back', async () => {
    const { clock, snapshot, source, names, news, endpoints } = directory();
    names.add('listener', 'a.n:1');
    source.put('a.n', '10.0.0.1');
    const cluster = snapshot.resource('cluster', 'a.n:1');
    await clock.advance(MERGE_MS);
    news.length = 0;
    source.remove('a.n');
    expect(news).toEqual(['endpoints a.n:1']);
    expect(endpoints('a.n:1')).not.toContain('10.0.0.1');
    await clock.advance(MERGE_MS);
    source.put('a.n', '10.0.0.2');
    expect(endpoints('a.n:1')).toContain('10.0.0.2');
    expect(snapshot.resource('cluster', 'a.n:1')).toBe(cluster);
  });

  it('takes the first change in at once and the newest of the others when the window is over', async () => {
    const { clock, source, names, endpoints, news } = directory();
    names.add('endpoints', 'a.n:1');
    source.put('a.n', '10.0.0.1');
    expect(endpoints('a.n:1')).toContain('10.0.0.1');
    for (let n = 2; n <= 9; n++) source.put('a.n', `10.0.0.${n}`);
    expect(endpoints('a.n:1')).toContain('10.0.0.1');
    await clock.advance(MERGE_MS);
    expect(endpoints('a.n:1')).toContain('10.0.0.9');
    expect(news.filter((each) => each === 'endpoints a.n:1')).toHaveLength(2);
    await clock.advance(MERGE_MS);
    expect(clock.pending).toBe(0);
  });

  it('lets no Service touch another: a bad endpoint is told once and left out', async () => {
    const { clock, source, names, warnings, endpoints, news } = directory();
    names.add('endpoints', 'a.n:1');
    names.add('endpoints', 'b.n:1');
    source.put('b.n', '10.0.0.1');
    const before = endpoints('b.n:1');
    news.length = 0;
    for (const host of ['10.0.0.2', '10.0.0.3']) {
      source.put('a.n', host, endpoint('example.com'));
      await clock.advance(MERGE_MS);
    }
    expect(endpoints('a.n:1')).toContain('10.0.0.3');
    expect(endpoints('a.n:1')).not.toContain('example.com');
    expect(endpoints('b.n:1')).toBe(before);
    expect(news.filter((each) => each.includes('b.n'))).toEqual([]);
    expect(warnings).toEqual([
      { target: 'a.n:1', count: 1, problems: expect.stringContaining('example.com') },
    ]);
  });

  it.each([
    ['listener', 'not a name'],
    ['listener', '10.0.0.1:80'],
    ['cluster', 'a.n.svc:1'],
    ['endpoints', ''],
  ] as const)('knows that there is no %s %j, watches nothing for it and forgets it', (type, name) => {
    const { snapshot, source, names } = directory();
    names.add(type, name);
    names.add(type, name);
    expect(snapshot.isSettled(type, name)).toBe(true);
    expect(source.watched).toEqual([]);
    names.remove(type, name);
    expect(snapshot.isSettled(type, name)).toBe(true);
    names.remove(type, name);
    expect(snapshot.isSettled(type, name)).toBe(false);
  });

  it('serves only the namespaces that it is told to', () => {
    const { snapshot, source, names } = directory({ namespaces: new Set(['n']) });
    names.add('listener', 'a.n:1');
    names.add('listener', 'a.secret:1');
    expect(source.watched).toEqual(['a.n']);
    expect(snapshot.isSettled('listener', 'a.secret:1')).toBe(true);
  });

  it('watches for a while after the last client has left, then forgets', async () => {
    const { clock, snapshot, source, names } = directory();
    for (const type of PUSH_ORDER) names.add(type, 'a.n:1');
    source.put('a.n', '10.0.0.1');
    for (const type of PUSH_ORDER) names.remove(type, 'a.n:1');
    await clock.advance(LINGER_MS - 1);
    names.add('listener', 'a.n:1');
    await clock.advance(LINGER_MS);
    expect(snapshot.resource('endpoints', 'a.n:1')).toBeDefined();
    names.remove('listener', 'a.n:1');
    await clock.advance(LINGER_MS);
    expect(source.watched).toEqual([]);
    for (const type of PUSH_ORDER) expect(snapshot.isSettled(type, 'a.n:1')).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it('watches no more targets than it may, says so once, and holds nobody up', () => {
    const { snapshot, source, names, warnings } = directory();
    for (const service of ['a', 'b', 'c', 'd', 'e']) names.add('listener', `${service}.n:1`);
    expect(source.watched).toEqual(['a.n', 'b.n', 'c.n']);
    expect(snapshot.isSettled('listener', 'e.n:1')).toBe(true);
    expect(warnings).toEqual([{ maxTargets: 3 }]);
  });

  it('has wildcards stand for what is published, by canonical names, and never lets go of it', async () => {
    const { clock, snapshot, source, names } = directory();
    const target = targetOfName('a.n.svc:1', {});
    names.publish(target === undefined ? [] : [target]);
    expect(snapshot.wildcard('cluster')).toBeUndefined();
    source.put('a.n', '10.0.0.1');
    names.add('cluster', 'a.n:1');
    names.remove('cluster', 'a.n:1');
    await clock.advance(LINGER_MS);
    for (const type of PUSH_ORDER) expect(snapshot.wildcard(type)).toEqual(new Set(['a.n:1']));
    expect(source.watched).toEqual(['a.n']);
  });

  it('ends every watch and timer when it is closed', () => {
    const { clock, source, names } = directory();
    names.add('listener', 'a.n:1');
    names.add('listener', 'b.n:1');
    source.put('a.n', '10.0.0.1');
    names.remove('listener', 'b.n:1');
    names.close();
    names.close();
    names.remove('listener', 'a.n:1');
    expect([source.watched, clock.pending, names.size]).toEqual([[], 0, 0]);
  });
});
