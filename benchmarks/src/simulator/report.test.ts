import { describe, expect, it } from 'vitest';
import { parseArguments } from './arguments.js';
import { spread } from './compare.js';
import { drawPlot } from './plot.js';
import { asMarkdown, asText, goalsSection, withFigures } from './report.js';

describe('parseArguments', () => {
  it('reads what is accepted', () => {
    expect(parseArguments([])).toEqual({ quick: false, real: false, seed: 7, write: null });
    expect(parseArguments(['--quick', '--seed', '3', '--write', 'docs'])).toEqual({
      quick: true,
      real: false,
      seed: 3,
      write: 'docs',
    });
  });

  it.each([
    [['--seed', 'x'], '--seed "x": accepted is a whole number from 0 to 1000000000'],
    [['--write'], '--write: the name of a folder is missing'],
    [['fast'], '"fast" is unknown; accepted: --quick, --real, --seed S, --write FOLDER'],
  ])('refuses %j', (argv, message) => expect(() => parseArguments(argv)).toThrow(message));
});

describe('the report', () => {
  const section = {
    title: 'Title',
    rows: [
      ['policy', 'p99'],
      ['a', '10'],
      ['bcd', '9'],
    ],
  };

  it('is a table of text, or of Markdown', () => {
    expect(asText(section)).toBe('\nTitle\npolicy  p99\na        10\nbcd       9');
    expect(asMarkdown(section)).toBe('### Title\n| policy | p99 |\n|---|---:|\n| a | 10 |\n| bcd | 9 |');
  });

  it('replaces the figures of a page and nothing else, and refuses a page without a place for them', () => {
    const other = '<!-- figures: other -->\nkept\n<!-- end of figures -->\n';
    const page = `a\n${other}<!-- figures: run -->\nold\n<!-- end of figures -->\nz\n`;
    const figures = { command: 'run', sections: [section] };
    const once = withFigures(page, figures);
    expect(once).not.toContain('old');
    expect([once.startsWith(`a\n${other}`), once.endsWith('<!-- end of figures -->\nz\n')]).toEqual([
      true,
      true,
    ]);
    expect(withFigures(once, figures)).toBe(once);
    expect(() => withFigures('nothing', figures)).toThrow('the page has no lines');
  });

  it('judges a goal by the worst seed', () => {
    const { rows } = goalsSection([
      { name: 'a', atMost: 1.5, median: 1, worst: 1.5 },
      { name: 'b', atMost: 1, median: 0.9, worst: 1.2 },
    ]);
    expect(rows.map((row) => row.at(-1))).toEqual(['', 'met', 'MISSED ×1.20']);
  });

  it('takes the middle and the worst of the seeds that have the figure', () => {
    expect(spread([3, 1, 2])).toEqual({ median: 2, worst: 3 });
    expect(spread([Number.NaN, 4])).toEqual({ median: 4, worst: 4 });
    expect(spread([]).median).toBeNaN();
  });

  it('draws every line within the picture', () => {
    const points = [
      [1, 100],
      [2, 4000],
    ] as const;
    const panels = ['left', 'right'].map((title) => ({ title, lines: [{ name: 'one & two', points }] }));
    const svg = drawPlot({ title: 'a < b', x: 'x', y: 'y', panels });
    expect(svg).toContain('a &lt; b');
    expect(svg).toContain('one &amp; two');
    const lines = [...svg.matchAll(/<path d="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)"/g)];
    expect(lines.length).toBe(2);
    for (const [, x1, y1, x2, y2] of lines) {
      expect(Number(x1)).toBeLessThan(Number(x2));
      expect(Number(y1)).toBeGreaterThan(Number(y2));
      for (const y of [y1, y2]) expect(Number(y) >= 76 && Number(y) <= 384).toBe(true);
    }
  });
});
