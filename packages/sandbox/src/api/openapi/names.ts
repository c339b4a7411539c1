import { SERVED_KINDS } from '../kinds/index.js';
import { messageByName, messageOf, type ScalarType, typeName } from '../protobuf/messages.js';
import { SUBRESOURCES } from '../routes/discovery.js';
import { apiVersionOf } from '../storage/metadata.js';

/** What identifies a kind in documents. */
export interface Gvk {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const META_MESSAGES: ReadonlySet<string> = new Set([
  'Condition',
  'DeleteOptions',
  'FieldSelectorRequirement',
  'LabelSelector',
  'LabelSelectorRequirement',
  'ManagedFieldsEntry',
  'ObjectMeta',
  'OwnerReference',
  'Preconditions',
]);

/** Scalars that have a definition of their own. */
const SCALAR_NAMES: Readonly<Partial<Record<ScalarType, string>>> = {
  time: `${META}.Time`,
  micro: `${META}.MicroTime`,
  raw: `${META}.FieldsV1`,
  qty: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  ios: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
};

/** The names of what lists and patches are made of. */
export const LIST_META = `${META}.ListMeta`;
export const PATCH = `${META}.Patch`;

/** Every kind that has a definition: those that are served and those of subresources. */
export function definedKinds(): readonly Gvk[] {
  const own = Object.values(SUBRESOURCES).flatMap(({ kind }) => kind ?? []);
  const all = [...SERVED_KINDS, ...own].map(({ group, version, kind }) => ({ group, version, kind }));
  return all.filter((gvk) => messageOf(apiVersionOf(gvk), gvk.kind));
}

/** The name of a kind's message: the kind, unless another version has a kind of that name. */
export function messageNameOf(gvk: Gvk): string {
  return messageOf(apiVersionOf(gvk), gvk.kind)?.name ?? gvk.kind;
}

let packages: Map<string, string> | undefined;

/** The name under which documents define a message, as upstream names its Go type: `io.k8s.api.core.v1.Pod`. */
export function definitionName(message: string): string {
  packages ??= packagesOfMessages();
  return `${packages.get(message) ?? META}.${typeName(message)}`;
}

/** The name of a scalar's definition; undefined for those that are plain JSON types. */
export function scalarName(scalar: ScalarType): string | undefined {
  return SCALAR_NAMES[scalar];
}

/** A message belongs to the first group that reaches it; the core group comes first. */
function packagesOfMessages(): Map<string, string> {
  const result = new Map([...META_MESSAGES].map((name) => [name, META]));
  // Pods have no template of themselves, and yet it is theirs.
  reach('PodTemplateSpec', 'io.k8s.api.core.v1', result);
  const kinds = [...definedKinds()].sort((a, b) => Number(a.group !== '') - Number(b.group !== ''));
  for (const gvk of kinds) {
    const name = gvk.group === '' ? 'core' : (gvk.group.split('.')[0] ?? '');
    reach(messageNameOf(gvk), `io.k8s.api.${name}.${gvk.version}`, result);
  }
  return result;
}

function reach(name: string, home: string, found: Map<string, string>): void {
  if (found.has(name)) return;
  found.set(name, home);
  for (const { message } of messageByName(name).byName.values()) {
    if (message !== undefined) reach(message, home, found);
  }
}
