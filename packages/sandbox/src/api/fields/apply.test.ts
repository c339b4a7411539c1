import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../objects.js';
import { messageByName } from '../protobuf/messages.js';
import { equalJson } from '../storage/json.js';
import { type Applied, applyConfig } from './apply.js';
import { applyConflict } from './conflicts.js';
import { pathsOf, toFieldsV1 } from './field-set.js';
import { encodeManagers, type Managers } from './managers.js';
import { structType } from './merge-type.js';
import { showPath } from './path-element.js';
import { trackUpdate } from './track-update.js';

const TYPES = { ConfigMap: 'v1', Service: 'v1', Deployment: 'apps/v1' } as const;
type Kind = keyof typeof TYPES;

/** An object and its managers. */
interface State {
  readonly object?: KubeObject;
  readonly managers: Managers;
}

const NOTHING: State = { managers: new Map() };
const TIME = '2030-01-01T00:00:00Z';

function config(kind: Kind, members: object): KubeObject {
  return { apiVersion: TYPES[kind], kind, metadata: { name: 'x' }, ...members };
}

function attempt(state: State, manager: string, wanted: KubeObject, force = false): Applied {
  const type = structType(messageByName(wanted.kind));
  const { apiVersion } = wanted;
  const writer = { manager, operation: 'Apply', apiVersion, subresource: '' } as const;
  const application = {
    live: state.object,
    config: wanted,
    type,
    writer,
    force,
    untouched: ['status'],
    time: TIME,
  };
  return applyConfig(application, state.managers);
}

function apply(
  state: State,
  manager: string,
  wanted: KubeObject,
  force = false,
): State & { object: KubeObject } {
  const result = attempt(state, manager, wanted, force);
  if ('conflicts' in result) throw applyConflict(result.conflicts);
  return result;
}

function update(state: State, manager: string, next: KubeObject): State & { object: KubeObject } {
  const type = structType(messageByName(next.kind));
  const writer = { manager, operation: 'Update', apiVersion: next.apiVersion, subresource: '' } as const;
  return {
    object: next,
    managers: trackUpdate({ old: state.object, next, type }, state.managers, { writer, time: TIME }),
  };
}

/** What each manager manages, as text. */
function owned({ managers }: State): Record<string, string[]> {
  return Object.fromEntries(
    [...managers.values()].map(({ manager, fields }) => [manager, [...pathsOf(fields)].map(showPath)]),
  );
}

const data = (values: Record<string, string>): KubeObject => config('ConfigMap', { data: values });

describe('maps', () => {
  it('merges what two managers set and remembers whose it is', () => {
    const both = apply(apply(NOTHING, 'a', data({ x: '1' })), 'b', data({ y: '2' }));
    expect(both.object.data).toEqual({ x: '1', y: '2' });
    expect(owned(both)).toEqual({ a: ['.data.x'], b: ['.data.y'] });
  });

  it('removes what its manager no longer applies', () => {
    const both = apply(apply(NOTHING, 'a', data({ x: '1', z: '3' })), 'b', data({ y: '2' }));
    const after = apply(both, 'a', data({ x: '1' }));
    expect(after.object.data).toEqual({ x: '1', y: '2' });
    expect(apply(after, 'b', config('ConfigMap', {})).object.data).toEqual({ x: '1' });
  });

  it('keeps what another manager has as well', () => {
    const both = apply(apply(NOTHING, 'a', data({ x: '1' })), 'b', data({ x: '1' }));
    expect(owned(both)).toEqual({ a: ['.data.x'], b: ['.data.x'] });
    const after = apply(both, 'a', config('ConfigMap', {}));
    expect(after.object.data).toEqual({ x: '1' });
    expect(owned(after)).toEqual({ b: ['.data.x'] });
  });

  it('refuses to change what another manager has, and names it', () => {
    const state = apply(NOTHING, 'a', data({ x: '1', y: '2' }));
    expect(() => apply(state, 'b', data({ x: '9' }))).toThrow(
      'Apply failed with 1 conflict: conflict with "a": .data.x',
    );
    expect(() => apply(state, 'b', data({ x: '9', y: '9' }))).toThrow(
      'Apply failed with 2 conflicts: conflicts with "a":\n- .data.x\n- .data.y',
    );
    const updated = update(state, 'edit', data({ x: '7', y: '2' }));
    expect(() => apply(updated, 'b', data({ x: '9', y: '9' }))).toThrow(
      'Apply failed with 2 conflicts: conflicts with "a":\n- .data.y\nconflicts with "edit" using v1:\n- .data.x',
    );
  });

  it('takes it by force', () => {
    const state = apply(NOTHING, 'a', data({ x: '1', y: '2' }));
    const forced = apply(state, 'b', data({ x: '9' }), true);
    expect(forced.object.data).toEqual({ x: '9', y: '2' });
    expect(owned(forced)).toEqual({ a: ['.data.y'], b: ['.data.x'] });
  });

  it('an atomic map is one field', () => {
    const selector = (values: object): KubeObject => config('Service', { spec: { selector: values } });
    const state = apply(NOTHING, 'a', selector({ app: 'x' }));
    expect(owned(state)).toEqual({ a: ['.spec.selector'] });
    expect(() => apply(state, 'b', selector({ tier: 'y' }))).toThrow('conflict with "a": .spec.selector');
    expect(apply(state, 'a', selector({ tier: 'y' })).object).toMatchObject({
      spec: { selector: { tier: 'y' } },
    });
  });
});

describe('lists', () => {
  const ports = (...values: object[]): KubeObject => config('Service', { spec: { ports: values } });

  it('tells items apart by their keys, with defaults for those that are left out', () => {
    const state = apply(NOTHING, 'a', ports({ port: 80, name: 'http' }));
    expect(owned(state).a).toEqual([
      '.spec.ports[port=80,protocol="TCP"]',
      '.spec.ports[port=80,protocol="TCP"].name',
      '.spec.ports[port=80,protocol="TCP"].port',
    ]);
    const both = apply(state, 'b', ports({ port: 80, protocol: 'UDP', name: 'dns' }));
    expect(both.object).toMatchObject({ spec: { ports: [{ port: 80, name: 'http' }, { protocol: 'UDP' }] } });
    expect(apply(both, 'a', ports()).object).toMatchObject({ spec: { ports: [{ name: 'dns' }] } });
  });

  it('puts shared items into the order that is applied', () => {
    const names = ({ object }: State): unknown =>
      (object?.spec as { ports?: { name: string }[] } | undefined)?.ports?.map(({ name }) => name);
    const port = (name: string): object => ({ port: name.charCodeAt(0), name });
    const state = apply(NOTHING, 'a', ports(port('a'), port('b'), port('c')));
    expect(names(apply(state, 'a', ports(port('c'), port('a'), port('b'))))).toEqual(['c', 'a', 'b']);
    expect(names(apply(state, 'b', ports(port('x'), port('b'))))).toEqual(['a', 'x', 'b', 'c']);
  });

  it('a set has its values as keys', () => {
    const finalizers = (...values: string[]): KubeObject => ({
      ...data({}),
      metadata: { name: 'x', finalizers: values },
    });
    const both = apply(apply(NOTHING, 'a', finalizers('x/a')), 'b', finalizers('x/b'));
    expect(both.object.metadata.finalizers).toEqual(['x/a', 'x/b']);
    expect(owned(both)).toMatchObject({ b: ['.data', '.metadata.finalizers[="x/b"]'] });
    expect(apply(both, 'b', finalizers()).object.metadata.finalizers).toEqual(['x/a']);
  });

  it('an atomic list is one field', () => {
    const command = (...values: string[]): KubeObject =>
      config('Deployment', {
        spec: { template: { spec: { containers: [{ name: 'c', command: values }] } } },
      });
    const state = apply(NOTHING, 'a', command('x', 'y'));
    expect(() => apply(state, 'b', command('x'))).toThrow('.spec.template.spec.containers[name="c"].command');
  });
});

describe('what the server and others do meanwhile', () => {
  it('defaults that nobody manages stay when their neighbours go', () => {
    const applied = apply(
      NOTHING,
      'a',
      config('Service', { spec: { type: 'ClusterIP', externalName: 'x' } }),
    );
    const spec = { ...(applied.object.spec as object), sessionAffinity: 'None' };
    const state = { ...applied, object: { ...applied.object, spec } };
    const after = apply(state, 'a', config('Service', { spec: { type: 'ClusterIP' } }));
    expect(after.object.spec).toEqual({ type: 'ClusterIP', sessionAffinity: 'None' });
  });

  it('an update takes what it changes and frees what it removes', () => {
    const applied = apply(NOTHING, 'a', data({ x: '1', y: '2', z: '3' }));
    const updated = update(applied, 'edit', data({ x: '9', y: '2', w: '4' }));
    expect(owned(updated)).toEqual({ a: ['.data.y'], edit: ['.data.w', '.data.x'] });
  });

  it('an update that changes nothing manages nothing', () => {
    const applied = apply(NOTHING, 'a', data({ x: '1' }));
    expect(encodeManagers(update(applied, 'edit', data({ x: '1' })).managers)).toEqual(
      encodeManagers(applied.managers),
    );
  });

  it('merges the oldest of more than ten updaters', () => {
    let state: State = update(NOTHING, 'm0', data({ k0: '0' }));
    let values: Record<string, string> = { k0: '0' };
    for (let i = 1; i <= 12; i++) {
      values = { ...values, [`k${i}`]: String(i) };
      state = update(state, `m${String(i).padStart(2, '0')}`, data(values));
    }
    const entries = encodeManagers(state.managers);
    expect(entries).toHaveLength(10);
    expect(entries.find(({ manager }) => manager === 'ancient-changes')).toBeDefined();
    const all = entries.flatMap(({ fieldsV1 }) =>
      Object.keys((fieldsV1 as Record<string, object>)['f:data'] ?? {}),
    );
    expect(all.filter((key) => key !== '.').sort()).toEqual(
      Object.keys(values)
        .map((key) => `f:${key}`)
        .sort(),
    );
  });
});

const key = fc.constantFrom<string[]>('a', 'b', 'c', 'd', 'e');
const mapOf = <T>(value: fc.Arbitrary<T>) => fc.dictionary(key, value, { maxKeys: 5 });
const texts = fc.constantFrom('1', '2', '3');
const named = <T extends object>(rest: fc.Arbitrary<T>) =>
  fc.uniqueArray(
    fc.tuple(key, rest).map(([name, more]) => ({ name, ...more })),
    {
      selector: ({ name }) => name,
      maxLength: 4,
    },
  );
const containers = named(
  fc.record(
    { image: texts, env: named(fc.record({ value: texts })), command: fc.array(texts, { maxLength: 2 }) },
    { requiredKeys: [] },
  ),
);
const deployments = fc
  .record(
    { replicas: fc.integer({ min: 0, max: 3 }), paused: fc.boolean(), containers, labels: mapOf(texts) },
    { requiredKeys: [] },
  )
  .map(({ containers: list, labels, ...spec }) =>
    config('Deployment', {
      metadata: { name: 'x', ...(labels ? { labels } : {}) },
      spec: { ...spec, ...(list ? { template: { spec: { containers: list } } } : {}) },
    }),
  );

/** The state without times and the order of lists, which say nothing of what is owned. */
const shape = ({ object, managers }: State): unknown => ({
  object: unordered(object),
  managers: Object.fromEntries([...managers].map(([each, { fields }]) => [each, toFieldsV1(fields)])),
});

function unordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(unordered).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, unordered(member)]));
}

/** The paths at which an object does not have what was applied; what has no content need not be there. */
function missing(object: unknown, applied: unknown, path = ''): string[] {
  if (Array.isArray(applied)) {
    if (!applied.every(isNamed)) return equalJson(object, applied) ? [] : [path];
    const items = Array.isArray(object) ? object.filter(isNamed) : [];
    return applied.flatMap((item) =>
      missing(
        items.find(({ name }) => name === item.name),
        item,
        `${path}/${item.name}`,
      ),
    );
  }
  if (typeof applied !== 'object' || applied === null) return object === applied ? [] : [path];
  const members = typeof object === 'object' && object !== null ? object : {};
  return Object.entries(applied).flatMap(([name, member]) =>
    missing((members as Record<string, unknown>)[name], member, `${path}.${name}`),
  );
}

const isNamed = (item: unknown): item is { name: string } =>
  typeof item === 'object' && item !== null && 'name' in item;

describe('any configuration', () => {
  it('applied again changes nothing', () => {
    fc.assert(
      fc.property(deployments, deployments, (first, second) => {
        const once = apply(apply(NOTHING, 'a', first), 'b', second, true);
        expect(apply(once, 'b', second)).toEqual(once);
      }),
    );
  });

  it('leaves an object that has it', () => {
    fc.assert(
      fc.property(deployments, deployments, deployments, (first, second, third) => {
        const state = apply(apply(apply(NOTHING, 'a', first), 'b', second, true), 'a', third, true);
        expect(missing(state.object, third)).toEqual([]);
      }),
    );
  });

  it('of two managers with nothing in common: the order does not matter', () => {
    const split = fc.tuple(mapOf(texts), containers).map(([labels, list]) => {
      const half = (mine: (name: string) => boolean): KubeObject =>
        config('Deployment', {
          metadata: {
            name: 'x',
            labels: Object.fromEntries(Object.entries(labels).filter(([name]) => mine(name))),
          },
          spec: { template: { spec: { containers: list.filter(({ name }) => mine(name)) } } },
        });
      return [half((name) => name < 'c'), half((name) => name >= 'c')] as const;
    });
    fc.assert(
      fc.property(split, ([one, two]) => {
        const there = apply(apply(NOTHING, 'a', one), 'b', two);
        const back = apply(apply(NOTHING, 'b', two), 'a', one);
        expect(shape(there)).toEqual(shape(back));
      }),
    );
  });

  it('without a field that it had loses it, unless another manager has it', () => {
    fc.assert(
      fc.property(mapOf(texts), mapOf(texts), fc.array(key), (first, second, dropped) => {
        const common = {
          ...first,
          ...Object.fromEntries(Object.entries(second).filter(([name]) => !(name in first))),
        };
        const others = Object.fromEntries(Object.keys(second).map((name) => [name, common[name] ?? '']));
        const both = apply(apply(NOTHING, 'a', data(first)), 'b', data(others));
        const kept = Object.fromEntries(Object.entries(first).filter(([name]) => !dropped.includes(name)));
        const { object } = apply(both, 'a', data(kept));
        const expected = Object.fromEntries(
          Object.entries(common).filter(([name]) => name in kept || name in others),
        );
        expect(object.data ?? {}).toEqual(expected);
      }),
    );
  });

  it('never changes what another manager has, unless by force', () => {
    fc.assert(
      fc.property(deployments, deployments, (first, second) => {
        const state = apply(NOTHING, 'a', first);
        const result = attempt(state, 'b', second);
        if ('conflicts' in result) {
          expect(result.conflicts.length).toBeGreaterThan(0);
          return;
        }
        // What the first one applied is still so: applying it again is no change.
        const again = apply(result, 'a', first);
        expect(equalJson(unordered(again.object), unordered(result.object))).toBe(true);
      }),
    );
  });
});
