import { expect, it } from 'vitest';
import { messageByName } from '../protobuf/messages.js';
import { describedKeys, descriptionOf } from './descriptions.js';

it.each(describedKeys())('%s is a message or a field that there is', (key) => {
  const [message = '', field] = key.split('.');
  const found = messageByName(message);
  if (field !== undefined) expect([...found.byName.keys()]).toContain(field);
  expect(descriptionOf(key)).toMatch(/\S/);
});
