import { type Claim, type DemoReport, demoReport, type Omission } from './claim.js';
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

const isOmission = (result: Claim | Omission): result is Omission => 'why' in result;

/** A step that cannot go on is a claim that does not hold, not the end of the story. */
async function runStep(step: Step, stage: Stage): Promise<Claim | Omission> {
  try {
    return await step.run(stage);
  } catch (error) {
    const trouble = error instanceof Error ? error.message : String(error);
    return { id: step.id, text: step.title, holds: false, figures: { trouble } };
  }
}

/** Tells the whole story on a stage that is set, and sums up. */
export async function tellStory(stage: Stage): Promise<DemoReport> {
  const claims: Claim[] = [];
  const omissions: Omission[] = [];
  for (const step of STEPS) {
    stage.screen.title(step.title);
    const result = await runStep(step, stage);
    if (isOmission(result)) {
      omissions.push(result);
      stage.screen.line(`  not shown here: ${result.why}`);
    } else {
      claims.push(result);
      stage.screen.claim(result);
    }
  }
  stage.screen.summary(claims, omissions);
  return demoReport(claims, omissions);
}
