import { describe, expect, it } from 'vitest';
import { compare } from './compare.js';
import { normalise } from './normalise.js';
import { wordsOf } from './words.js';

describe('normalise', () => {
  it.each([
    ['web-6b6695bfd-r9zc7   1/1     Running   0     4m56s', 'web-HASH-XXXXX  1/1  Running  0  AGE'],
    ['pod-template-hash=6b6695bfd', 'pod-template-hash=HASH'],
    ['  creationTimestamp: "2026-11-25T08:46:11Z"', '  creationTimestamp: "TIME"'],
    ['RenewTime:       Wed, 25 Nov 2026 08:42:15 +0000', 'RenewTime:  TIME'],
    ['Node:   node-b/10.240.1.2', 'Node:  NODE/IP'],
    ['  uid: 0b2e1e5c-35e2-4d8b-9f0c-1f2e3d4c5b6a', '  uid: UID'],
    ['80:31234/TCP   5s', '80:NODEPORT/TCP  AGE'],
    ['Server Version: v1.36.0+fairlead', 'Server Version: VERSION'],
    ['        "resourceVersion": "93",', '        "resourceVersion": N,'],
    ['  Resource Version:  98', '  Resource Version:  N'],
    ['34s         Normal   Started', 'AGE  Normal  Started'],
    ['eyJhbGciOiJFUzI1NiJ9.eyJhdWQiOltd.c2ln-_w', 'TOKEN'],
    ['--- /tmp/LIVE-22/v1.ConfigMap 2026-11-25 09:48:11.968111223 +0000', '--- /tmp/LIVE/v1.ConfigMap TIME'],
    ['      Port: 46151', '      Port: PORT'],
    ['  "gitVersion": "v1.36.0",', '  "gitVersion": "VERSION",'],
  ])('%s', (text, expected) => expect(normalise(text)).toBe(expected));

  it.each([
    'replicas: 3',
    'generation: 2',
    'observedGeneration: 2',
    'Port: 8088',
    '3 pods',
    'timeout=1s period=1s',
    '  containerPort: 8088',
    '0/2 nodes',
    'cpu:      10m',
  ])('leaves what counts: %s', (text) => expect(normalise(text)).toBe(text.replace(/ {2,}(?=1)/, '  ')));

  it('does not count the writes of a slice, but those of what a user writes', () => {
    expect(normalise('generateName: web-\n  generation: 4')).toBe('generateName: web-\n  generation: N');
    expect(normalise('name: web\n  generation: 4')).toBe('name: web\n  generation: 4');
  });

  it('keeps indentation and the order of lines', () => {
    expect(normalise('a:\n    b: 1\n  c: 2\n\n')).toBe('a:\n    b: 1\n  c: 2');
  });
});

it('does not mind what a kubelet is refused in the first moment of a pod', () => {
  const line =
    '  Warning  FailedMount  1s  kubelet  serviceaccounts "default" is forbidden: node requested token bound to a pod';
  expect(normalise(`a\n${line}\nb`)).toBe('a\nb');
});

it('does not mind the order of events', () => {
  const text = (...lines: string[]): string =>
    [
      'Events:',
      '  Type    Reason   Age   From',
      '  ----    ------   ----  ----',
      ...lines,
      '',
      'Name:  x',
    ].join('\n');
  expect(normalise(text('  Normal  B', '  Normal  A'))).toBe(normalise(text('  Normal  A', '  Normal  B')));
  expect(normalise(text('  Normal  B'))).not.toBe(normalise(text('  Normal  A')));
});

describe('compare', () => {
  const said = (stdout: string, exit = 0, stderr = '') => ({ exit, stdout, stderr });
  const step = { command: 'get pods' };

  it('calls equal what differs only by chance', () => {
    const { expected, got } = compare(step, said('x  10.0.0.1  3s\n'), said('x    127.0.0.9   12s\n'));
    expect(got).toBe(expected);
  });

  it('shows the first line that differs, on both streams, and exit codes first', () => {
    expect(compare(step, said('a\nb'), said('a\nc'))).toEqual({ expected: 'line 2: b', got: 'line 2: c' });
    expect(compare(step, said('a'), said('a\nb'))).toEqual({ expected: 'line 2: nothing', got: 'line 2: b' });
    expect(compare(step, said('', 1, 'x'), said('', 1, 'y'))).toEqual({
      expected: 'line 1: x',
      got: 'line 1: y',
    });
    expect(compare(step, said('a'), said('a', 1, 'no'))).toEqual({ expected: 'exit 0: ', got: 'exit 1: no' });
  });

  it('asks of a quiet step only that it succeeds', () => {
    const quiet = { ...step, quiet: true } as const;
    const { expected, got } = compare(quiet, said('a'), said('b'));
    expect(got).toBe(expected);
    expect(compare(quiet, said('', 1), said('', 1))).toEqual({ expected: 'exit 0', got: 'exit 1' });
  });

  it('subset: allows less, but nothing of its own', () => {
    const part = { ...step, subset: true } as const;
    const { expected, got } = compare(part, said('a\nb\nc'), said('a\nc'));
    expect(got).toBe(expected);
    expect(compare(part, said('a\nb'), said('a\nz')).got).toBe('z');
  });

  it('only: lines that do not match are not compared', () => {
    const fields = { ...step, only: /^ +\w+\t/ };
    const { expected, got } = compare(fields, said('prose\n  a\t<string>'), said('other\n  a\t<string>'));
    expect(got).toBe(expected);
    expect(compare(fields, said('  a\t<string>'), said('  a\t<int>')).got).toBe('line 1:   a\t<int>');
  });
});

it('splits commands as a shell does with single quotes', () => {
  expect(wordsOf(`get pods -o jsonpath='{.items[*]} x'  -A`)).toEqual([
    'get',
    'pods',
    '-o',
    'jsonpath={.items[*]} x',
    '-A',
  ]);
  expect(wordsOf(`patch cm a -p '{"a":{"b":"c d"}}'`)).toEqual([
    'patch',
    'cm',
    'a',
    '-p',
    '{"a":{"b":"c d"}}',
  ]);
});
