import { expect, it } from 'vitest';
import type { Taken } from './figures.js';
import { controlPlanesPage, type PageContent } from './page.js';

interface Figures {
  readonly value: number;
  /** ÷ the first turn of a round. */
  readonly control?: number;
  readonly resources?: number;
  readonly clientBytes?: number;
}

/** Eight rounds that were all alike, of 10 changes and 4 clients. */
function taken({ value, control = 1, resources = 40, clientBytes = 50_000 }: Figures): Taken {
  const turn = { p50Ms: value, p99Ms: value * 2, cpuUs: value * 1_000 };
  const again = { p50Ms: value * control, p99Ms: value * 2 * control, cpuUs: value * 1_000 * control };
  return {
    turns: Array.from({ length: 8 }, () => turn),
    again: Array.from({ length: 8 }, () => again),
    sent: { responses: 40, resources, bytes: 120_000 },
    ...{ changes: 10, aloneBytes: 2 ** 20 * 40, endBytes: 2 ** 20 * 40 + 4 * clientBytes },
  };
}

const content = (ours: Figures, theirs: Figures): PageContent => ({
  measured: [
    {
      setting: { id: 'one', services: 1, endpoints: 100, clients: 4 },
      taken: new Map([
        ['ours', taken(ours)],
        ['other', taken(theirs)],
      ]),
      writeMs: 3.21,
    },
  ],
  behaviour: new Map([
    ['ours', [{ situation: 'It rains', got: 'an umbrella', holds: true, afterMs: 90 }]],
    ['other', [{ situation: 'It rains', got: 'wet', holds: false, afterMs: 30 }]],
  ]),
  versions: new Map([['other', { Go: '1.26', library: '0.14' }]]),
  contestants: [
    { id: 'ours', name: 'Ours', home: 'ours.md', about: 'a program' },
    { id: 'other', name: 'Other', home: 'https://o.example', about: 'a library' },
  ],
  ...{ date: '2026-01-31', machine: 'a machine' },
});

const sectionOf = (page: string, title: string): string =>
  page.split(/^## /m).find((text) => text.startsWith(`${title}\n`)) ?? '';

it('says where Fairlead is behind, and where it is ahead', () => {
  const page = controlPlanesPage(content({ value: 3, clientBytes: 40_000 }, { value: 2 }));
  expect(sectionOf(page, 'Where Fairlead is behind').trim().split('\n')).toEqual([
    'Where Fairlead is behind',
    '- 100 endpoints, 4 clients, from the write to half of the clients: 1.50 (1.50–1.50) × Other',
    '- 100 endpoints, 4 clients, from the write to 99 of 100 clients: 1.50 (1.50–1.50) × Other',
    '- 100 endpoints, 4 clients, processor time of a change: 1.50 (1.50–1.50) × Other',
    '- It rains, 90 ms: Other 30 ms',
  ]);
  expect(sectionOf(page, 'Where it is ahead').trim().split('\n')).toEqual([
    'Where it is ahead',
    '- 100 endpoints, 4 clients, memory that a client adds: 0.80 × Other',
  ]);
});

it.each([
  ['are alike', content({ value: 2 }, { value: 2 })],
  ['differ in a run that cannot tell them apart', content({ value: 3 }, { value: 2, control: 1.3 })],
])('places nobody by figures that %s', (_, both) => {
  const page = controlPlanesPage({ ...both, behaviour: new Map() });
  expect(sectionOf(page, 'Where Fairlead is behind')).toContain('Nowhere in this run.');
  expect(sectionOf(page, 'Where it is ahead')).toContain('Nowhere in this run.');
});

it('shows figures with their unit, controls, what was sent and what each did', () => {
  const lines = controlPlanesPage(content({ value: 2, control: 1.2 }, { value: 8, resources: 400 })).split(
    '\n',
  );
  expect(lines).toContain(
    '| processor time of a change | 2.20 ms, 550 µs for each client that subscribes | 8.00 ms, 2000 µs for each client that subscribes |',
  );
  expect(lines).toContain('| resources sent ÷ (changes × clients that subscribe) | 1.00 | 10.00 |');
  expect(lines).toContain('| bytes sent for a change | 12.0 kB | 12.0 kB |');
  expect(lines).toContain('| memory before the first client | 40 MiB | 40 MiB |');
  expect(lines).toContain(
    '| from the write to half of the clients | 0.28 (0.25–0.30) | 1.20, 1.00, noisy run |',
  );
  expect(lines).toContain('| It rains | an umbrella | wet |');
  expect(lines).toContain('| [Other](https://o.example) | a library | Go 1.26, library 0.14 |');
  expect(lines).toContain('Measured on 2026-01-31; a machine.');
});
