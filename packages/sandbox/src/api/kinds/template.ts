import { defaultPodSpec } from './pod-defaults.js';
import type { PodTemplate } from './pod-types.js';

/** Fills in the pod template of a workload. */
export function defaultTemplate(spec: { template?: PodTemplate }): void {
  spec.template ??= {};
  spec.template.metadata ??= {};
  spec.template.spec ??= {};
  defaultPodSpec(spec.template.spec);
}

/** Names and images of a template's containers, as `-o wide` shows them. */
export function containerCells(template: PodTemplate | undefined): [names: string, images: string] {
  const containers = template?.spec?.containers ?? [];
  return [
    containers.map((container) => container.name ?? '').join(','),
    containers.map((container) => container.image ?? '').join(','),
  ];
}
