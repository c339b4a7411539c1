export { configToJson, type PickConfig, type PipelineConfig, sameConfig } from './config/config.js';
export { parseConfig, policyConfig } from './config/parse.js';
export { POLICY_NAMES } from './config/policies.js';
export { show } from './config/reader.js';
export { STANDARD_NAMES, standardConfig } from './config/standard/standard.js';
export type {
  Candidate,
  ConnectionState,
  EjectionCause,
  EndpointInspection,
  LoadReport,
  Now,
  OpenStream,
  Outcome,
  PickContext,
  Pipeline,
  PipelineHost,
  PipelineInspection,
  Plan,
  Random,
  ReportInspection,
  ReportsWanted,
  Slot,
  StreamMove,
  Why,
} from './contract.js';
export { ConfigError, type ConfigErrorCode } from './errors.js';
export { decodeLoadReport } from './load-report/decode.js';
export { encodeLoadReport, type NamedMetrics } from './load-report/encode.js';
export { ASK_HEADER, REPORT_TRAILER, STREAM_METHOD } from './load-report/names.js';
export { decodeReportRequest, encodeReportRequest } from './load-report/request.js';
export { createPipeline } from './pipeline.js';
