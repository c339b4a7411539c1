import { expect, it } from 'vitest';
import { parseImages } from './sandbox.js';

it('maps images to commands, quotes included', () => {
  expect(parseImages(['my/app:1=node ./server.js --x=1', `b=sh -c 'sleep 1'`])).toEqual({
    'my/app:1': ['node', './server.js', '--x=1'],
    b: ['sh', '-c', 'sleep 1'],
  });
});

it.each(['nonsense', '=node', 'a=', 'a= '])('refuses --image %j and says what is accepted', (pair) => {
  expect(() => parseImages([pair])).toThrow(`--image "${pair}": NAME=COMMAND is accepted`);
});

it('refuses a quote that does not end', () => {
  expect(() => parseImages(['a=node "x'])).toThrow('--image "a=node "x": a quote or backslash is not closed');
});
