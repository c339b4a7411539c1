/** The one method of the servers: a call says how long it takes at speed 1 (ms); less than 0: it is answered at once. */
export const WORK_PATH = '/fairlead.simulator.Work/Do';

/** Waits in no queue and takes no time: what it takes is what network and machine add to every call. */
export const NO_WORK = -1;

export function encodeWork(workMs: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(workMs);
  return bytes;
}

export function decodeWork(bytes: Buffer): number {
  return bytes.readDoubleLE(0);
}
