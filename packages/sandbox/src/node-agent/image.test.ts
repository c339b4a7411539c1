import { expect, it } from 'vitest';
import { imageCommand } from './image.js';

const images = { 'fairlead/echo': ['node', 'echo.js'], 'app:2': ['two'], app: ['one'], empty: [] };

it.each([
  [{ image: 'fairlead/echo' }, ['node', 'echo.js']],
  [{ image: 'fairlead/echo:1.0', args: ['-v'] }, ['node', 'echo.js', '-v']],
  [{ image: 'docker.io/fairlead/echo@sha256:abc' }, ['node', 'echo.js']],
  [{ image: 'docker.io/library/app' }, ['one']],
  [{ image: 'app:2' }, ['two']],
  [{ image: 'app:3' }, ['one']],
  [{ image: 'fairlead/echo', command: ['sh', '-c'], args: ['x'] }, ['sh', '-c', 'x']],
  [{ image: 'unknown', command: ['sleep', '1'] }, ['sleep', '1']],
])('runs %j', (container, argv) => {
  expect(imageCommand(container, images)).toEqual({ argv });
});

it.each(['nginx', 'registry:5000/app', 'constructor', 'empty', ''])(
  'finds no command for image "%s"',
  (image) => {
    expect(imageCommand({ image, args: ['x'] }, images)).toEqual({
      missing: expect.stringContaining(
        `image "${image}" maps to no local command: start the sandbox with --image`,
      ),
    });
  },
);
