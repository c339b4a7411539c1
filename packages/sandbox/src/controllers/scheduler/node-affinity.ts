import type { NodeObject, NodeSelectorRequirement, NodeSelectorTerm, PodObject } from '../objects.js';
import { holds, matchesLabels } from '../selector.js';

/** Whether a pod's nodeSelector and the nodes that its affinity requires allow a node. */
export function matchesNodeAffinity({ spec }: Pick<PodObject, 'spec'>, node: NodeObject): boolean {
  if (!matchesLabels(spec.nodeSelector ?? {}, node.metadata.labels)) return false;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return !required || (required.nodeSelectorTerms ?? []).some((term) => matchesTerm(term, node));
}

/** A term without requirements fits no node. */
function matchesTerm(
  { matchExpressions = [], matchFields = [] }: NodeSelectorTerm,
  node: NodeObject,
): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  const { labels = {}, name } = node.metadata;
  return (
    matchExpressions.every((requirement) => meets(requirement, labels[requirement.key])) &&
    matchFields.every((requirement) =>
      meets(requirement, requirement.key === 'metadata.name' ? name : undefined),
    )
  );
}

function meets(requirement: NodeSelectorRequirement, value: string | undefined): boolean {
  const { operator, values = [] } = requirement;
  if (operator === 'Gt') return wholeNumber(value) > wholeNumber(values[0]);
  if (operator === 'Lt') return wholeNumber(value) < wholeNumber(values[0]);
  return holds(requirement, value);
}

/** What is no whole number compares as false. */
function wholeNumber(text: string | undefined): number {
  return text !== undefined && /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
}
