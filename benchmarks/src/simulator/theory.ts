/** Mean time in an M/M/1 queue, in service times. */
export function meanSingleQueue(load: number): number {
  return 1 / (1 - load);
}

/** Mean time in the supermarket model (the shorter of two queues), in service times: the sum of load^(2^i − 2). */
export function meanShorterOfTwo(load: number): number {
  let sum = 0;
  for (let i = 1; i < 20; i++) sum += load ** (2 ** i - 2);
  return sum;
}

/** Mean time in an M/M/c queue, in service times, by Erlang's C; `load` is that of each of the `servers`. */
export function meanManyServers(load: number, servers: number): number {
  const offered = load * servers;
  let term = 1;
  let sum = 1;
  for (let k = 1; k < servers; k++) {
    term *= offered / k;
    sum += term;
  }
  term *= offered / servers;
  const all = term / (1 - load);
  return 1 + all / (sum + all) / (servers * (1 - load));
}
