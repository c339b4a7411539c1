export { type Admission, createAdmission } from './admission/admission.js';
export type { AdmissionOptions } from './admission/options.js';
export type { RefusalReason } from './admission/refusals.js';
export type { Clock, Random, Timer } from './clock.js';
export type { DrainResult, StoppableServer } from './drain.js';
export { ServerError, type ServerErrorCode } from './errors.js';
export type { CheckState } from './health/check.js';
export type {
  HealthCheckRequest,
  HealthCheckResponse,
  HealthListResponse,
  ServingStatus,
} from './health/codec.js';
export type { HealthDefinition } from './health/definition.js';
export { createHealth, type Health, type HealthStatus } from './health/health.js';
export type { HealthCheck, HealthOptions } from './health/options.js';
export { createLifecycle, type GrpcServer, type Lifecycle } from './lifecycle.js';
export { createLoadReports, type LoadReports, type LoadReportsOptions } from './load-report/load-reports.js';
export type { LoadReportDefinition } from './load-report/stream-service.js';
export type { LogFields, Logger } from './logger.js';
export type { DrainableHealth, HostProcess, LifecycleOptions } from './options.js';
export {
  createProbeServer,
  type ProbedHealth,
  type ProbeServer,
  type ProbeServerOptions,
} from './probe-server.js';
export type { MeterProvider } from './telemetry.js';
