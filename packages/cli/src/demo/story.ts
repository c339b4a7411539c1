import { type DemoReport, demoReport, type Outcome } from './claim.js';
import type { Stage, Step } from './stage.js';
import { apiOutage } from './steps/api-outage.js';
import { clusterIp, dnsSpread } from './steps/plain-spread.js';
import { podKilled } from './steps/pod-killed.js';
import { rollingRestart } from './steps/rolling-restart.js';
import { scaleUpStep } from './steps/scale-up.js';
import { srvRecords } from './steps/srv-records.js';

const STEPS: readonly Step[] = [
  srvRecords,
  clusterIp,
  dnsSpread,
  scaleUpStep,
  rollingRestart,
  podKilled,
  apiOutage,
];

/** A step that cannot go on is a claim that does not hold, not the end of the story; unless it was broken off. */
async function runStep(step: Step, stage: Stage, signal: AbortSignal): Promise<Outcome> {
  try {
    return await step.run(stage);
  } catch (error) {
    signal.throwIfAborted();
    const trouble = error instanceof Error ? error.message : String(error);
    const claim = { id: step.id, text: step.title, holds: false, figures: { trouble } };
    return { claim, words: [trouble] };
  } finally {
    // A step that failed may have left its load on; a story that is broken off closes its clients.
    if (!signal.aborted) await Promise.all(Object.values(stage.clients).map((client) => client.pause()));
  }
}

/** Tells the whole story on a stage that is set, and sums up. Rejects with the reason of `signal` when it is aborted. */
export async function tellStory(
  stage: Stage,
  signal: AbortSignal,
  steps: readonly Step[] = STEPS,
): Promise<DemoReport> {
  const outcomes: Outcome[] = [];
  for (const [index, step] of steps.entries()) {
    stage.screen.title(`${index + 1}. ${step.title}`);
    const outcome = await runStep(step, stage, signal);
    signal.throwIfAborted();
    outcomes.push(outcome);
    stage.screen.outcome(outcome);
  }
  stage.screen.summary(outcomes);
  return demoReport(outcomes);
}
