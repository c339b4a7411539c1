export { configToJson, type PickConfig, type PipelineConfig, sameConfig } from './config/config.js';
export { POLICY_NAMES, parseConfig, policyConfig } from './config/parse.js';
export { show } from './config/reader.js';
export type {
  Candidate,
  ConnectionState,
  LoadReport,
  Now,
  Outcome,
  PickContext,
  Pipeline,
  PipelineHost,
  Plan,
  Random,
  Slot,
  Why,
} from './contract.js';
export { ConfigError, type ConfigErrorCode } from './errors.js';
export { createPipeline } from './pipeline.js';
