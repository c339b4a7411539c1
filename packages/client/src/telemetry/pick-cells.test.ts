import { expect, it } from 'vitest';
import { type PickCell, PickCells } from './pick-cells.js';

const TARGET = 'k8s:///svc.ns:8088';
const at = (n: number) => ({ key: `10.0.${n >> 8}.${n & 255}:80`, zone: 'a' });

function report(cells: PickCells): [string | undefined, number][] {
  const points: [string | undefined, number][] = [];
  cells.report({ observe: (value, attributes) => void points.push([attributes?.endpoint, value]) });
  return points;
}

function count(cells: PickCells, n: number, picks: number): PickCell {
  const cell = cells.acquire(TARGET, at(n));
  cell.picks += picks;
  return cell;
}

it('counts each endpoint while it is connected, and goes on counting when it comes back', () => {
  const cells = new PickCells(true);
  const first = count(cells, 1, 2);
  const again = count(cells, 1, 1);
  count(cells, 2, 5);
  expect(report(cells)).toEqual([
    ['10.0.0.1:80', 3],
    ['10.0.0.2:80', 5],
  ]);
  cells.release(first);
  expect(report(cells)).toHaveLength(2);
  cells.release(again);
  expect(report(cells)).toEqual([['10.0.0.2:80', 5]]);
  count(cells, 1, 1);
  expect(report(cells)).toContainEqual(['10.0.0.1:80', 4]);
});

it('remembers a bounded number of gone endpoints', () => {
  const cells = new PickCells(true);
  for (let n = 0; n < 2000; n++) cells.release(count(cells, n, 1));
  expect(report(cells)).toEqual([]);
  count(cells, 1999, 1);
  count(cells, 0, 1);
  expect(report(cells)).toEqual([
    ['10.0.7.207:80', 2],
    ['10.0.0.0:80', 1],
  ]);
});

it('says how many streams are open from the first one on, also where the connection is gone', () => {
  const cells = new PickCells(true);
  const points = (): [string | undefined, number][] => {
    const found: [string | undefined, number][] = [];
    cells.reportStreams({
      observe: (value, attributes) => void found.push([attributes?.endpoint, value]),
    });
    return found;
  };
  const cell = count(cells, 1, 2);
  count(cells, 2, 1);
  expect(points()).toEqual([]);
  cell.streams = 2;
  expect(points()).toEqual([['10.0.0.1:80', 2]]);
  cells.release(cell);
  cell.streams = 0;
  expect(points()).toEqual([['10.0.0.1:80', 0]]);
});

it('names no endpoint unless it is asked to', () => {
  const cells = new PickCells(false);
  cells.release(count(cells, 1, 1));
  count(cells, 2, 1);
  expect(report(cells)).toEqual([[undefined, 2]]);
});
