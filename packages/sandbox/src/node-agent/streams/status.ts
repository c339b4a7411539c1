import type { ProcessExit } from '../process.js';

/** The `Status` that ends an exec or attach which went well. */
export const SUCCESS = { metadata: {}, status: 'Success' };

/** How a command ended, as a `Status` in the kubelet's words. */
export function exitStatus({ exitCode, startError }: ProcessExit): object {
  if (startError !== undefined) return failure(`error executing command in container: ${startError}`);
  if (exitCode === 0) return SUCCESS;
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: command terminated with exit code ${exitCode}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  };
}

/** A failure that is not the command's own. */
export function failure(why: string): object {
  return {
    metadata: {},
    status: 'Failure',
    message: `Internal error occurred: ${why}`,
    reason: 'InternalError',
    details: { causes: [{ message: why }] },
    code: 500,
  };
}
