import type { KubeObject } from '../../objects.js';
import { NAME } from '../kinds/columns.js';
import { quantityValue } from '../kinds/quantity.js';
import type { KindInfo, TableColumn, TableSpec } from '../kinds.js';
import { at } from '../storage/json.js';
import { bytesQuantity, cpuQuantity } from './quantities.js';

/** The aggregated API of metrics-server; nothing of it is stored. */
export const METRICS_KINDS: readonly KindInfo[] = [
  {
    kind: 'NodeMetrics',
    resource: 'nodes',
    singular: '',
    shortNames: [],
    group: 'metrics.k8s.io',
    version: 'v1beta1',
    namespaced: false,
    verbs: ['get', 'list'],
    subresources: [],
    table: usageTable((object) => [at(object, 'usage')]),
  },
  {
    kind: 'PodMetrics',
    resource: 'pods',
    singular: '',
    shortNames: [],
    group: 'metrics.k8s.io',
    version: 'v1beta1',
    namespaced: true,
    verbs: ['get', 'list'],
    subresources: [],
    table: usageTable((object) => {
      const containers = at(object, 'containers');
      return Array.isArray(containers) ? containers.map((container) => at(container, 'usage')) : [];
    }),
  },
];

/** metrics-server names its columns as the resources are named. */
function lowerCase(name: string): TableColumn {
  return { name, type: 'string', priority: 0 };
}

function usageTable(usages: (object: KubeObject) => readonly unknown[]): TableSpec {
  return {
    columns: [NAME, lowerCase('cpu'), lowerCase('memory'), lowerCase('Window')],
    cells(object) {
      const sum = (resource: string) =>
        usages(object).reduce<number>(
          (total, usage) => total + quantityValue(String(at(usage, resource))),
          0,
        );
      return [
        object.metadata.name,
        cpuQuantity(sum('cpu')),
        bytesQuantity(sum('memory')),
        String(object.window ?? ''),
      ];
    },
  };
}
