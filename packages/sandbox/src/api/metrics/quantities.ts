const NANO = 1e9;

/** CPU in cores as a quantity, to the nanocore: `250m`, `12345678n`, `2`. */
export function cpuQuantity(cores: number): string {
  const nanos = Math.round(cores * NANO);
  if (nanos % NANO === 0) return String(nanos / NANO);
  if (nanos % 1e6 === 0) return `${nanos / 1e6}m`;
  return nanos % 1e3 === 0 ? `${nanos / 1e3}u` : `${nanos}n`;
}

const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** Bytes as a quantity with the largest binary suffix that leaves a whole number: `20Mi`, `1234Ki`, `1001`. */
export function bytesQuantity(bytes: number): string {
  let value = Math.round(bytes);
  let unit = 0;
  while (value !== 0 && value % 1024 === 0 && unit < BINARY.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value}${BINARY[unit]}`;
}

/** A length of time as Go prints it: `15.004s`, `1m5s`, `980ms`. */
export function goDuration(ms: number): string {
  const whole = Math.round(ms);
  if (whole < 1000) return whole === 0 ? '0s' : `${whole}ms`;
  const hours = Math.floor(whole / 3_600_000);
  const minutes = Math.floor((whole % 3_600_000) / 60_000);
  const seconds = (whole % 60_000) / 1000;
  const text = `${minutes}m${seconds}s`;
  if (hours > 0) return `${hours}h${text}`;
  return minutes > 0 ? text : `${seconds}s`;
}
