// Loaded into a control plane's process before everything else: answers what it holds, and moves its clock.
import { answerParent } from '../client/asked-process.js';
import { hold } from '../client/holdings.js';
import { moveDate } from '../client/instruments.js';
import type { Holdings } from '../client/messages.js';

/** What is asked of a control plane. */
export type ProbeCommand = { readonly kind: 'hold' } | { readonly kind: 'moveDate'; readonly ms: number };

async function perform(command: ProbeCommand): Promise<Holdings | null> {
  if (command.kind === 'hold') return hold();
  moveDate(command.ms);
  return null;
}

answerParent(perform);
// It ends as it would without a parent that listens.
process.channel?.unref();
