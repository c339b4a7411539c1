import { type Step, see } from './step.js';

/** Headings, and fields with their types; the descriptions are our own words. */
const FIELDS = /^(GROUP|KIND|VERSION|FIELD):|^ +\w+\t</;
const explain = (...topics: string[]): Step[] =>
  topics.map((topic) => ({ command: `explain ${topic}`, only: FIELDS }));

/** What `explain` knows of the kinds that the sandbox serves. */
export const EXPLAIN: readonly Step[] = [
  ...explain(
    'pods --recursive',
    'services --recursive',
    'deployments --recursive',
    'endpointslices --recursive',
    'replicasets --recursive',
    'nodes --recursive',
    'namespaces --recursive',
    'configmaps --recursive',
    'secrets --recursive',
    'serviceaccounts --recursive',
    'events --recursive',
    'leases --recursive',
    'roles --recursive',
    'clusterrolebindings --recursive',
    'pod',
    'pod.spec.containers',
    'pod.spec.containers.ports',
    'pod.spec.volumes.projected.sources',
    'pod.metadata.labels',
    'pod.metadata.managedFields.fieldsV1',
    'svc.spec.ports.targetPort',
    'svc.spec.selector',
    'deployment.spec.strategy.rollingUpdate.maxSurge',
    'deploy.spec.template.spec.containers.resources.limits',
    'endpointslice.endpoints.conditions.ready',
    'deployments --api-version=apps/v1',
    'selfsubjectaccessreviews',
  ),
  ...see(
    'explain nothing',
    'explain pod.spec.nothing',
    'explain deployments --api-version=apps/v2',
    'explain svc.spec.ports.port.more',
  ),
];
