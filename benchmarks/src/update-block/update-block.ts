import { seededRandom } from '#commands/random.js';
import { Backend } from '../backend/backend.js';
import type { Benchmark } from '../benchmark.js';
import { interleave } from '../interleave.js';
import { registerFairlead } from '../registration.js';
import { openContestants } from './contestants.js';
import { updateBlockRows } from './figures.js';
import { TurnMeter } from './turn-meter.js';

const ROUNDS = 50;
const WARMUP_ROUNDS = 10;

/** How long an added endpoint blocks the event loop of a client. */
export const updateBlock: Benchmark = {
  name: 'update-block',
  about:
    'event-loop block for +1 endpoint, watch bytes → policy, beyond that at N = 1, in map diffs of N keys',
  async run({ progress }) {
    registerFairlead();
    const backend = await Backend.start();
    const meter = new TurnMeter(Number(new URL(backend.hello.api).port));
    try {
      const contestants = await openContestants(backend, meter);
      const samples = await interleave(contestants, {
        rounds: ROUNDS,
        warmupRounds: WARMUP_ROUNDS,
        random: seededRandom(1),
        onRound: (round) => {
          if (round > 0 && round % 10 === 0) progress(`round ${round} of ${ROUNDS}`);
        },
      });
      return updateBlockRows(samples);
    } finally {
      meter.close();
      backend.close();
    }
  },
};
