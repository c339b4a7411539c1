import { describe, expect, it } from 'vitest';
import { RecordedInterests } from '../../test/doubles/recorded-interests.js';
import { putTarget } from '../../test/doubles/targets.js';
import { PUSH_ORDER } from '../resource-type.js';
import { Snapshot } from '../snapshot/snapshot.js';
import { PermittedView } from './permitted-view.js';

/** A stream whose rights a test decides. Names are `service.namespace:port`. */
function stream() {
  const snapshot = new Snapshot();
  const interests = new RecordedInterests();
  const verdicts = new Map<string, boolean | undefined>();
  const followers = new Map<string, () => void>();
  const heard: string[] = [];
  const view = new PermittedView({
    snapshot,
    interests,
    namespaceOf: (name) => /^\w+\.(\w+):/.exec(name)?.[1],
    follow: (namespace, onChange) => {
      followers.set(namespace, onChange);
      return {
        get allowed() {
          return verdicts.get(namespace);
        },
        close: () => void followers.delete(namespace),
      };
    },
    onChange: (type, names) => heard.push(`${type} ${[...names].join(',')}`),
    onWithdrawn: (namespace) => heard.push(`withdrawn ${namespace}`),
  });
  const decide = (namespace: string, allowed: boolean | undefined): void => {
    verdicts.set(namespace, allowed);
    followers.get(namespace)?.();
  };
  putTarget(snapshot, 's.mine:1', '10.0.0.1');
  putTarget(snapshot, 's.theirs:1', '10.0.0.2');
  return { snapshot, interests, view, heard, followers, decide };
}

describe('PermittedView', () => {
  it('knows nothing and asks for nothing until it is known what may be seen', () => {
    const { view, interests } = stream();
    view.add('endpoints', 's.mine:1');
    expect(view.isSettled('endpoints', 's.mine:1')).toBe(false);
    expect(view.resource('endpoints', 's.mine:1')).toBeUndefined();
    expect(interests.open).toEqual([]);
  });

  it('shows what may be seen, and everything else as if it did not exist', () => {
    const { view, interests, heard, decide } = stream();
    for (const name of ['s.mine:1', 's.theirs:1']) view.add('endpoints', name);
    decide('mine', true);
    decide('theirs', false);
    expect(view.resource('endpoints', 's.mine:1')?.name).toBe('s.mine:1');
    expect(view.resource('endpoints', 's.theirs:1')).toBeUndefined();
    expect(view.isSettled('endpoints', 's.theirs:1')).toBe(true);
    expect(interests.open).toEqual(['endpoints s.mine:1']);
    expect(heard).toContain('endpoints s.mine:1,*');
    expect(heard).toContain('endpoints s.theirs:1,*');
  });

  it('hands on and takes back exactly what it was asked for', () => {
    const { view, interests, followers, decide } = stream();
    view.add('listener', 's.mine:1');
    view.add('endpoints', 's.mine:1');
    view.add('endpoints', 's.theirs:1');
    view.add('endpoints', 'nothing');
    decide('mine', true);
    view.remove('listener', 's.mine:1');
    expect(interests.open).toEqual(['endpoints nothing', 'endpoints s.mine:1']);
    for (const name of ['s.mine:1', 's.theirs:1', 'nothing']) view.remove('endpoints', name);
    expect(interests.open).toEqual([]);
    expect(followers.size).toBe(0);
  });

  it('says that a right was taken back', () => {
    const { view, heard, decide } = stream();
    view.add('endpoints', 's.mine:1');
    decide('mine', true);
    decide('mine', false);
    expect(heard.at(-1)).toBe('withdrawn mine');
    expect(view.resource('endpoints', 's.mine:1')).toBeUndefined();
  });

  it('narrows a wildcard to what may be seen, when all of that is known', () => {
    const { view, snapshot, heard, decide } = stream();
    snapshot.setWildcard('cluster', ['s.mine:1', 's.theirs:1']);
    expect(view.wildcard('cluster')).toBeUndefined();
    decide('mine', true);
    expect(view.wildcard('cluster')).toBeUndefined();
    decide('theirs', false);
    expect([...(view.wildcard('cluster') ?? [])]).toEqual(['s.mine:1']);
    expect(heard).toContain('cluster *');
    decide('mine', false);
    expect(heard.at(-1)).toBe('withdrawn mine');
  });

  it.each(PUSH_ORDER)(
    'says that a wildcard of type %s is known, though nothing else is asked for',
    (type) => {
      const { view, snapshot, heard, decide } = stream();
      snapshot.setWildcard(type, ['s.mine:1']);
      expect(view.wildcard(type)).toBeUndefined();
      decide('mine', true);
      expect(heard).toContain(`${type} *`);
      expect([...(view.wildcard(type) ?? [])]).toEqual(['s.mine:1']);
    },
  );

  it('follows nothing after it was closed', () => {
    const { view, followers, heard, decide } = stream();
    view.add('endpoints', 's.mine:1');
    view.close();
    decide('mine', true);
    expect(followers.size).toBe(0);
    expect(heard).toEqual([]);
  });
});
