import { ApiStatus } from '../status.js';

/** In which form an object or list is answered. */
export type Form = 'object' | 'table' | 'metadata';

interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

/** The form that a client wants most of those there are; throws 406 when it wants none of them. */
export function negotiateForm(accept: string | undefined): Form {
  for (const range of parseAccept(accept)) {
    if (!isJson(range.type)) continue;
    const as = range.parameters.get('as');
    if (as === undefined) return 'object';
    if (range.parameters.get('g') !== 'meta.k8s.io' || range.parameters.get('v') !== 'v1') continue;
    if (as === 'Table') return 'table';
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return 'metadata';
  }
  throw notAcceptable();
}

/** The version of aggregated discovery that a client prefers over the legacy form, or undefined. */
export function negotiateDiscovery(accept: string | undefined): 'v2' | 'v2beta1' | undefined {
  for (const { type, parameters } of parseAccept(accept)) {
    if (!isJson(type)) continue;
    if (!parameters.has('as')) return undefined;
    const version = parameters.get('v');
    const wanted =
      parameters.get('as') === 'APIGroupDiscoveryList' && parameters.get('g') === 'apidiscovery.k8s.io';
    if (wanted && (version === 'v2' || version === 'v2beta1')) return version;
  }
  throw notAcceptable();
}

function isJson(type: string): boolean {
  return type === 'application/json' || type === 'application/*' || type === '*/*';
}

function parseAccept(accept: string | undefined): MediaRange[] {
  if (!accept?.trim()) return [{ type: '*/*', parameters: new Map(), quality: 1 }];
  const ranges = accept.split(',').map((part): MediaRange => {
    const [type = '', ...rest] = part.split(';').map((piece) => piece.trim());
    const parameters = new Map(rest.map((piece) => splitOnce(piece)));
    const quality = Number(parameters.get('q') ?? 1);
    return { type: type.toLowerCase(), parameters, quality: Number.isNaN(quality) ? 0 : quality };
  });
  return ranges.filter(({ quality }) => quality > 0).sort((a, b) => b.quality - a.quality);
}

function splitOnce(text: string): [string, string] {
  const at = text.indexOf('=');
  return at < 0 ? [text, ''] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

function notAcceptable(): ApiStatus {
  const message = 'only the following media types are accepted: application/json';
  return new ApiStatus(406, 'NotAcceptable', message, {});
}
