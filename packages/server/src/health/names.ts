/** The service path of every health call. */
export const HEALTH_PATH = '/grpc.health.v1.Health/';

/** Whether the whole server wants calls: the status of `''` under a name of its own, for a readiness probe. */
export const READINESS = 'readiness';

/** Whether the process is alive: for a liveness probe. No dependency and no drain ends it. */
export const LIVENESS = 'liveness';
