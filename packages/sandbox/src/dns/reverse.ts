/** The zones of reverse names (RFC 1035 §3.5, RFC 3596 §2.5). */
export const REVERSE_ZONES: readonly string[] = ['in-addr.arpa', 'ip6.arpa'];

const [V4_SUFFIX, V6_SUFFIX] = REVERSE_ZONES.map((zone) => `.${zone}`) as [string, string];

function v4(labels: readonly string[]): string | null {
  const valid =
    labels.length === 4 && labels.every((label) => /^(0|[1-9]\d{0,2})$/.test(label) && Number(label) <= 255);
  return valid ? [...labels].reverse().join('.') : null;
}

/** RFC 5952 form, so that it compares with the addresses of slices; an IPv4 address in IPv6 is the former, as Go has it. */
function v6(labels: readonly string[]): string | null {
  if (labels.length !== 32 || !labels.every((label) => /^[0-9a-f]$/.test(label))) return null;
  const groups = [...labels].reverse().join('').match(/.{4}/g)!.join(':');
  const mapped = /^(0000:){5}ffff:(..)(..):(..)(..)$/.exec(groups);
  if (mapped)
    return mapped
      .slice(2)
      .map((byte) => Number.parseInt(byte, 16))
      .join('.');
  return new URL(`http://[${groups}]/`).hostname.slice(1, -1);
}

/**
 * The address that a lower-case reverse name asks for (RFC 1035 §3.5, RFC 3596 §2.5); null for a name in a reverse
 * zone that is no whole address, undefined for any other name.
 */
export function reverseAddress(name: string): string | null | undefined {
  if (name.endsWith(V4_SUFFIX)) return v4(name.slice(0, -V4_SUFFIX.length).split('.'));
  if (name.endsWith(V6_SUFFIX)) return v6(name.slice(0, -V6_SUFFIX.length).split('.'));
  return undefined;
}
