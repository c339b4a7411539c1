import type { LogFields, Logger } from '@fairlead/discovery';
import type { Grpc } from './grpc.js';

/** The same trouble is not logged again within this time: a lost API server fails every few seconds. */
const REPEAT_MS = 60_000;
/** Troubles remembered at most; beyond it the oldest may be logged again early. */
const REMEMBERED = 256;

/** A logger that says each trouble at most once a minute. */
export interface TroubleLog extends Logger {
  /** Warns unless the same `key` was warned about within the last minute. */
  trouble(key: string, msg: string, fields?: LogFields): void;
  /** Warns unless the same `key` was ever warned about in this process. */
  once(key: string, msg: string, fields?: LogFields): void;
}

/** Adds rate limits to a logger. */
export function createTroubleLog(logger: Logger, now: () => number): TroubleLog {
  const lastMs = new Map<string, number>();
  const said = new Set<string>();
  // Some lines are written where an exception would end the process: a logger that throws must not take calls along.
  const write =
    (level: keyof Logger): Logger['debug'] =>
    (msg, fields) => {
      try {
        logger[level](msg, fields);
      } catch {
        // Nobody is left to tell.
      }
    };
  const warn = write('warn');
  return {
    debug: write('debug'),
    info: write('info'),
    warn,
    error: write('error'),
    trouble(key, msg, fields) {
      const atMs = now();
      const before = lastMs.get(key);
      if (before !== undefined && atMs - before < REPEAT_MS) return;
      lastMs.delete(key);
      lastMs.set(key, atMs);
      if (lastMs.size > REMEMBERED) lastMs.delete(lastMs.keys().next().value ?? key);
      warn(msg, fields);
    },
    once(key, msg, fields) {
      if (said.has(key)) return;
      said.add(key);
      warn(msg, fields);
    },
  };
}

/** JSON shows nothing of an error. */
function readable(_name: string, value: unknown): unknown {
  return value instanceof Error ? value.message : value;
}

function render(msg: string, fields: LogFields | undefined): string {
  if (fields === undefined || Object.keys(fields).length === 0) return `fairlead: ${msg}`;
  try {
    return `fairlead: ${msg} ${JSON.stringify(fields, readable)}`;
  } catch {
    // A cycle or a bigint in a field: the line is worth more than the field.
    return `fairlead: ${msg} ${Object.keys(fields).join(', ')}`;
  }
}

/**
 * Logs where grpc-js logs: `GRPC_VERBOSITY` and `grpc.setLogger()` apply. Warnings go out at its default verbosity
 * (ERROR), because grpc-js has no level between INFO and ERROR.
 */
export function grpcLogger(grpc: Grpc): Logger {
  const { DEBUG, ERROR, INFO } = grpc.logVerbosity;
  return {
    debug: (msg, fields) => grpc.experimental.log(DEBUG, render(msg, fields)),
    info: (msg, fields) => grpc.experimental.log(INFO, render(msg, fields)),
    warn: (msg, fields) => grpc.experimental.log(ERROR, render(msg, fields)),
    error: (msg, fields) => grpc.experimental.log(ERROR, render(msg, fields)),
  };
}
