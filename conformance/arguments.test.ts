import { expect, it } from 'vitest';
import { parseArguments } from './arguments.js';

const PARTS = ['kubernetes', 'kubectl'];

it.each([
  [[], { names: PARTS, named: false, list: false, write: false }],
  [['--list'], { names: PARTS, named: false, list: true, write: false }],
  [['kubectl', 'kubectl', '--write'], { names: ['kubectl'], named: true, list: false, write: true }],
])('reads %j', (argv, expected) => {
  expect(parseArguments(argv, PARTS)).toEqual(expected);
});

it.each([
  [['minikube'], 'part "minikube" is unknown; accepted: kubernetes, kubectl'],
  [['--json'], 'option --json is unknown; accepted: --list, --write'],
])('refuses %j', (argv, message) => {
  expect(() => parseArguments(argv, PARTS)).toThrow(message);
});
