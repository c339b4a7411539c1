/** Upstream's alphabet for hashes in names: no vowels and no digits that look like letters. */
const SAFE_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** A hash in letters that are safe in names. */
export function safeEncode(hash: number): string {
  return [...String(hash)].map((digit) => SAFE_ALPHABET[digit.charCodeAt(0) % SAFE_ALPHABET.length]).join('');
}

/** JSON with the members of objects in order, so that equal values have equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => {
    if (member === null || typeof member !== 'object' || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
