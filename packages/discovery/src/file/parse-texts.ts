import { parse } from 'yaml';

/** Texts by key, as `data` of a ConfigMap has them. */
export type Texts = Readonly<Record<string, string>>;

/**
 * Reads texts by key in YAML (or JSON, which is YAML). A value that is no text is given as JSON, and none as ''.
 * Throws for what is no mapping.
 */
export function parseTexts(text: string): Texts {
  const file: unknown = parse(text, { logLevel: 'error' }) ?? {};
  if (typeof file !== 'object' || file === null || Array.isArray(file)) {
    throw new Error(
      `got ${JSON.stringify(file).slice(0, 120)}, accepted: an object with a value for each key`,
    );
  }
  const entries = Object.entries(file).map(([key, value]: [string, unknown]) => {
    if (typeof value === 'string') return [key, value] as const;
    return [key, value === null ? '' : JSON.stringify(value)] as const;
  });
  return Object.fromEntries(entries);
}
