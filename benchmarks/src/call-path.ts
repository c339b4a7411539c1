/** The method that every call of the benchmark calls. */
export const CALL_PATH = '/fairlead.bench.Bench/Call';
