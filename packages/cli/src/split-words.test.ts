import { expect, it } from 'vitest';
import { splitWords } from './split-words.js';

it.each([
  ['node ./server.js', ['node', './server.js']],
  ['  node   -e  1 ', ['node', '-e', '1']],
  [`sh -c 'echo "a  b"; sleep 1'`, ['sh', '-c', 'echo "a  b"; sleep 1']],
  ['"/my tools"/run --name="two words"', ['/my tools/run', '--name=two words']],
  ['/my\\ tools/run a\\"b', ['/my tools/run', 'a"b']],
  [`run ""`, ['run', '']],
  ['', []],
])('splits %j', (text, words) => {
  expect(splitWords(text)).toEqual(words);
});

it.each(['run "a', "it's", 'a\\'])('says that %j does not end', (text) => {
  expect(splitWords(text)).toBeNull();
});
