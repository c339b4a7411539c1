import type { PartContext } from '../part.js';
import type { Figures } from './figures.js';
import type { Measured } from './run.js';

type Found = Parameters<PartContext['report']>[0];

/** What cannot hold for every event: a rule of its own, and why. */
interface Exception {
  /** Calls that may fail: those that are in flight in a process that is killed, without retries. */
  readonly mayFail?: number;
  /** Pods need not be reached within 10 s. */
  readonly later?: boolean;
}

const EXCEPTIONS: Readonly<Record<string, Exception>> = {
  // A call takes about a millisecond: at 100 calls per second hardly one is in flight in one of 8 pods.
  'pod-killed': { mayFail: 2 },
  // After an outage the API server is asked again with a back-off, up to as long as the outage was.
  'api-outage': { later: true },
  // With two random choices of 150 it takes more than 1,000 calls to reach each for sure.
  'many-endpoints': { later: true },
};

const failedText = ({ failed, byStatus }: Figures): string =>
  failed === 0 ? '0 failed' : byStatus.map(([name, count]) => `${count} ${name}`).join(', ');

/** Judges what Fairlead made of one event. */
export function judge({ event, ready, arrived }: Measured, name: string, figures: Figures): Found[] {
  const { mayFail = 0, later = false } = EXCEPTIONS[event.id] ?? {};
  const about = `${name}: ${event.title}`;
  const reached = later ? figures.reachedByEnd : figures.reachedSoon;
  const found: Found[] = [
    {
      case: `${about}: no call fails that a pod could have answered`,
      expected: mayFail === 0 ? '0 failed' : `at most the ${mayFail} in flight`,
      got: failedText(figures),
      ok: figures.failed <= mayFail,
    },
    {
      case: `${about}: every ready pod answers ${later ? 'by the end' : 'within 10 s'}`,
      expected: `${ready} of ${ready}`,
      got: `${reached} of ${ready}`,
    },
  ];
  if (arrived > 0) {
    found.push({
      case: `${about}: every new pod answers`,
      expected: `${arrived} of ${arrived}`,
      got: `${arrived - figures.neverCalled} of ${arrived}`,
    });
  }
  return found;
}
