import { type DnsTarget, dnsAuthority, parseDnsTarget } from './dns/target.js';
import { FILE_AUTHORITY, type FileTarget, parseFileTarget } from './file/target.js';
import { parseStaticTarget, type StaticTarget, staticAuthority } from './static/target.js';
import { parseTarget, type Target, type TargetDefaults, targetAuthority } from './target.js';

/** A target of any scheme. `kind` says which source answers for it. */
export type AnyTarget =
  | { readonly kind: 'kubernetes'; readonly target: Target }
  | { readonly kind: 'dns'; readonly target: DnsTarget }
  | { readonly kind: 'static'; readonly target: StaticTarget }
  | { readonly kind: 'file'; readonly target: FileTarget };

/** URI schemes of targets, in the order in which messages name them. */
export const SCHEMES = ['k8s', 'kubernetes', 'headless', 'static', 'file'] as const;

/** A Service may be called as a scheme is: `static:80` is port 80 of it. */
const OTHER_SCHEME = /^(headless|static|file):(?!\d+$)/;

/** Parses a target of any scheme; without one it is a Kubernetes target. Throws TARGET_INVALID. */
export function parseAnyTarget(text: string, defaults: TargetDefaults = {}): AnyTarget {
  switch (OTHER_SCHEME.exec(text)?.[1]) {
    case 'headless':
      return { kind: 'dns', target: parseDnsTarget(text) };
    case 'static':
      return { kind: 'static', target: parseStaticTarget(text) };
    case 'file':
      return { kind: 'file', target: parseFileTarget(text) };
    default:
      return { kind: 'kubernetes', target: parseTarget(text, defaults) };
  }
}

/** The `:authority` and TLS name of a target. */
export function authorityOf(parsed: AnyTarget): string {
  switch (parsed.kind) {
    case 'kubernetes':
      return targetAuthority(parsed.target);
    case 'dns':
      return dnsAuthority(parsed.target);
    case 'static':
      return staticAuthority(parsed.target);
    case 'file':
      return FILE_AUTHORITY;
  }
}
