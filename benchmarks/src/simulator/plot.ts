/** One line of a plot. */
export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Plot {
  readonly title: string;
  readonly x: string;
  /** On a logarithmic axis; values are > 0. */
  readonly y: string;
  readonly lines: readonly Line[];
}

const WIDTH = 860;
const HEIGHT = 420;
const AREA = { left: 64, right: 590, top: 40, bottom: 370 };
/** Told apart by those who do not tell red from green (Okabe and Ito). */
const COLORS = ['#000000', '#e69f00', '#56b4e9', '#009e73', '#cc79a7', '#0072b2', '#d55e00', '#999999'];

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

function text(x: number, y: number, content: string, more = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${more}>${escaped(content)}</text>`;
}

/** 1, 2 and 5 times the powers of ten from below `least` to above `most`. */
function ticks(least: number, most: number): number[] {
  const from = Math.floor(Math.log10(least));
  const to = Math.ceil(Math.log10(most));
  const all = Array.from({ length: to - from + 1 }, (_, i) =>
    [1, 2, 5].map((m) => m * 10 ** (from + i)),
  ).flat();
  const first = all.findLastIndex((tick) => tick <= least);
  const last = all.findIndex((tick) => tick >= most);
  return all.slice(Math.max(0, first), last < 0 ? undefined : last + 1);
}

/** Draws lines as SVG. */
export function drawPlot({ title, x, y, lines }: Plot): string {
  const { left, right, top, bottom } = AREA;
  const points = lines.flatMap((line) => line.points);
  const xs = [...new Set(points.map(([at]) => at))].sort((a, b) => a - b);
  const values = points.map(([, value]) => value);
  const marks = ticks(Math.min(...values), Math.max(...values));
  const [low, high] = [Math.log10(marks[0] ?? 1), Math.log10(marks.at(-1) ?? 10)];
  const [first, last] = [xs[0] ?? 0, xs.at(-1) ?? 1];
  const atX = (value: number): number => left + ((value - first) / (last - first || 1)) * (right - left);
  const atY = (value: number): number =>
    bottom - ((Math.log10(value) - low) / (high - low || 1)) * (bottom - top);
  const parts = [
    text(left, 24, title, ' font-size="15" font-weight="bold"'),
    ...marks.flatMap((mark) => [
      `<path d="M${left} ${atY(mark).toFixed(1)}H${right}" stroke="#ddd"/>`,
      text(left - 6, atY(mark) + 4, String(Number(mark.toPrecision(1))), ' text-anchor="end"'),
    ]),
    ...xs.map((value) => text(atX(value), bottom + 18, String(value), ' text-anchor="middle"')),
    text((left + right) / 2, HEIGHT - 12, x, ' text-anchor="middle"'),
    text(16, (top + bottom) / 2, y, ` text-anchor="middle" transform="rotate(-90 16 ${(top + bottom) / 2})"`),
    ...lines.flatMap((line, i) => {
      const color = COLORS[i % COLORS.length] ?? '';
      const path = line.points.map(([px, py]) => `${atX(px).toFixed(1)} ${atY(py).toFixed(1)}`).join('L');
      const dots = line.points.map(
        ([px, py]) => `<circle cx="${atX(px).toFixed(1)}" cy="${atY(py).toFixed(1)}" r="3" fill="${color}"/>`,
      );
      const legend = top + 12 + i * 20;
      return [
        `<path d="M${path}" fill="none" stroke="${color}" stroke-width="2"/>`,
        ...dots,
        `<path d="M${right + 16} ${legend - 4}h20" stroke="${color}" stroke-width="2"/>`,
        text(right + 42, legend, line.name),
      ];
    }),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
${parts.join('\n')}
</svg>
`;
}
