/** What the name in a path of the proxy says. */
export interface ProxyName {
  readonly scheme: 'http' | 'https';
  readonly name: string;
  /** A number or a name; empty: none was given. */
  readonly port: string;
}

/** Reads `NAME`, `NAME:PORT` and `SCHEME:NAME:PORT`, where SCHEME is http or https and PORT may be empty. */
export function parseProxyName(text: string): ProxyName | undefined {
  const parts = text.split(':');
  const [scheme, name, port] =
    parts.length === 3 ? parts : ['', ...parts, ...(parts.length === 1 ? [''] : [])];
  if (parts.length > 3 || !name || port === undefined) return undefined;
  if (parts.length === 3 && scheme !== '' && scheme !== 'http' && scheme !== 'https') return undefined;
  return { scheme: scheme === 'https' ? 'https' : 'http', name, port };
}
