export { ManifestError, SandboxError, type SandboxErrorCode } from './errors.js';
export type { SandboxLogger } from './logger.js';
export { applyManifest, checkManifest, type ManifestApi } from './manifest/apply.js';
export type { FunctionContainer, FunctionImage, FunctionServer } from './node-agent/index.js';
export type { KubeObject } from './objects.js';
export type { IsolateMode, Sandbox, SandboxFaults, SandboxOptions } from './sandbox.js';
export { startSandbox } from './start-sandbox.js';
