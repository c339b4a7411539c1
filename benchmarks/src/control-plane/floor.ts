// The floor in a process of its own.
import { readMemory } from '../process-memory.js';
import { answerQuestions, orderOf } from './child.js';
import type { FloorOrder, FloorQuestions } from './orders.js';
import { startRawServer } from './raw-server.js';

const response = Buffer.from(orderOf<FloorOrder>().response, 'base64');
const starting = startRawServer(response);

answerQuestions<FloorQuestions>({
  port: async () => (await starting).port,
  async push() {
    (await starting).push(response);
    return null;
  },
  memory: readMemory,
});
