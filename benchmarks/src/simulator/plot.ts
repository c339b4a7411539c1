/** One line of a panel. */
export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** Lines with axes; the panels of a plot have the same axes, and lines of one name look the same in all of them. */
export interface Panel {
  readonly title: string;
  readonly lines: readonly Line[];
}

export interface Plot {
  readonly title: string;
  readonly x: string;
  /** On a logarithmic axis; values are > 0. */
  readonly y: string;
  readonly panels: readonly Panel[];
  /** A value that has a name of its own. */
  readonly mark?: { readonly y: number; readonly name: string };
}

const HEIGHT = 440;
const LEFT = 64;
const TOP = 76;
const BOTTOM = 384;
const PANEL_WIDTH = 380;
const GAP = 44;
const LEGEND_WIDTH = 236;
/**
 * Colours that those who do not tell red from green tell apart (Okabe and Ito), dashes and widths. The second one is wide
 * and pale: what runs along with it can be seen.
 */
const LOOKS = [
  ['#000000', '2 4', 2],
  ['#c8c8c8', '', 8],
  ['#0072b2', '', 2],
  ['#d55e00', '7 3', 2],
  ['#cc79a7', '2 3', 2],
  ['#009e73', '', 2],
  ['#e69f00', '10 3 2 3', 2],
  ['#56b4e9', '', 2],
] as const;

type At = (value: number) => number;

interface Axes {
  readonly atX: At;
  readonly atY: At;
  readonly xs: readonly number[];
  readonly marks: readonly number[];
}

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

function axesOf(panels: readonly Panel[]): Axes {
  const points = panels.flatMap(({ lines }) => lines.flatMap((line) => line.points));
  const xs = [...new Set(points.map(([x]) => x))].sort((a, b) => a - b);
  const values = points.map(([, y]) => y);
  const marks = ticks(Math.min(...values), Math.max(...values));
  const [low, high] = [Math.log10(marks[0] ?? 1), Math.log10(marks.at(-1) ?? 10)];
  const [first, last] = [xs[0] ?? 0, xs.at(-1) ?? 1];
  return {
    xs,
    marks,
    atX: (x) => ((x - first) / (last - first || 1)) * PANEL_WIDTH,
    atY: (y) => BOTTOM - ((Math.log10(y) - low) / (high - low || 1)) * (BOTTOM - TOP),
  };
}

function stroke(name: string, names: readonly string[]): string {
  const [color, dashes, width] = LOOKS[names.indexOf(name) % LOOKS.length] ?? LOOKS[0];
  const dashed = dashes === '' ? '' : ` stroke-dasharray="${dashes}"`;
  return `fill="none" stroke="${color}" stroke-width="${width}"${dashed}`;
}

function drawLine({ name, points }: Line, { atX, atY }: Axes, names: readonly string[]): string {
  const path = points.map(([x, y]) => `${atX(x).toFixed(1)} ${atY(y).toFixed(1)}`).join('L');
  return `<path d="M${path}" ${stroke(name, names)}/>`;
}

function drawPanel({ title, lines }: Panel, axes: Axes, names: readonly string[]): string[] {
  const { atX, atY, xs, marks } = axes;
  return [
    text(PANEL_WIDTH / 2, TOP - 14, title, ' text-anchor="middle" font-weight="bold"'),
    ...marks.map((mark) => `<path d="M0 ${atY(mark).toFixed(1)}H${PANEL_WIDTH}" stroke="#ddd"/>`),
    ...xs.map((x) => text(atX(x), BOTTOM + 18, String(x), ' text-anchor="middle"')),
    ...lines.map((line) => drawLine(line, axes, names)),
  ];
}

function drawLegend(names: readonly string[]): string[] {
  return names.flatMap((name, i) => {
    const y = TOP + 50 + i * 24;
    return [`<path d="M0 ${y - 4}h32" ${stroke(name, names)}/>`, text(40, y, name)];
  });
}

function group(x: number, parts: readonly string[]): string {
  return `<g transform="translate(${x} 0)">\n${parts.join('\n')}\n</g>`;
}

/** Draws panels side by side as SVG, on a ground of their own: legible on any page. */
export function drawPlot({ title, x, y, panels, mark }: Plot): string {
  const axes = axesOf(panels);
  const names = [...new Set(panels.flatMap(({ lines }) => lines.map(({ name }) => name)))];
  const right = LEFT + panels.length * (PANEL_WIDTH + GAP);
  const middle = (TOP + BOTTOM) / 2;
  const parts = [
    text(LEFT, 28, title, ' font-size="16" font-weight="bold"'),
    ...axes.marks.map((value) =>
      text(LEFT - 8, axes.atY(value) + 4, String(Number(value.toPrecision(1))), ' text-anchor="end"'),
    ),
    text(18, middle, y, ` text-anchor="middle" transform="rotate(-90 18 ${middle})"`),
    text((LEFT + right - GAP) / 2, HEIGHT - 14, x, ' text-anchor="middle"'),
    ...panels.map((panel, i) => group(LEFT + i * (PANEL_WIDTH + GAP), drawPanel(panel, axes, names))),
    ...(mark === undefined ? [] : [text(right - GAP + 8, axes.atY(mark.y) + 4, mark.name, ' fill="#555"')]),
    group(right - GAP + 24, drawLegend(names)),
  ];
  const width = right - GAP + LEGEND_WIDTH;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${HEIGHT}" font-family="sans-serif" font-size="13">
<title>${escaped(`${title}: ${y} against ${x}`)}</title>
<rect width="${width}" height="${HEIGHT}" rx="6" fill="#fff" stroke="#ccc"/>
${parts.join('\n')}
</svg>
`;
}
