import { expect, it } from 'vitest';
import { comparisonPage } from './comparison.js';
import type { Figures } from './figures.js';

const figures = (more: Partial<Figures>): Figures => ({
  ...{ calls: 1_000, failed: 0, byStatus: [], failedEmpty: 0, failingMs: 0, reachedSoon: 4, reachedByEnd: 4 },
  ...{ firstAnswerMs: [12, 40, 2_345], neverCalled: 0 },
  ...more,
});

it('writes what was measured, who took part and what did not', () => {
  const never = { failed: 20, byStatus: [['UNAVAILABLE', 20]] as const, failingMs: 1_900, reachedSoon: 1 };
  const page = comparisonPage({
    measured: [
      {
        event: { id: 'e', title: 'Something', about: 'It happens.' },
        ...{ ready: 4, arrived: 3 },
        rows: [
          { contestant: 'quick', figures: figures({}) },
          { contestant: 'slow', figures: figures({ ...never, firstAnswerMs: [], neverCalled: 3 }) },
        ],
      },
    ],
    clients: new Map([
      [
        'quick',
        { versions: { a: '1.2', b: '3' }, cost: { cpuMs: 500, residentBytes: 3 * 2 ** 20 }, calls: 1_000 },
      ],
    ]),
    contestants: [
      {
        name: 'quick',
        home: 'https://q.example',
        settings: 'none',
        rights: 'none',
        command: () => ({ argv: [] }),
      },
    ],
    packages: [
      {
        package: { name: 'p', version: '1', home: 'https://p.example', settings: '' },
        installed: { failure: 'E404: Not Found' },
      },
    ],
    ...{ date: '2026-01-31', machine: 'a machine', rate: 100 },
  });
  const lines = page.split('\n');
  expect(lines).toContain('| quick | 0 of 1000 | 4 of 4 | 4 of 4 | 40 ms, 2.3 s |');
  expect(lines).toContain(
    '| slow | 20 of 1000 (UNAVAILABLE, over 1.9 s) | 1 of 4 (25 %) | 4 of 4 | 3 never |',
  );
  expect(lines).toContain('| quick | 0.50 ms | 3 MiB |');
  expect(lines).toContain('| [quick](https://q.example) | none | none | a 1.2, b 3 |');
  expect(lines).toContain(
    '| [p](https://p.example) | 1 | not measured: npm cannot get or load it: E404: Not Found |',
  );
  expect(lines).toContain('Measured on 2026-01-31; a machine.');
});
