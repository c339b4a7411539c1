export { applyManifest, type ManifestApi } from './manifest/apply.js';
export { ManifestError } from './manifest/parse.js';
export type { KubeObject } from './objects.js';
export type { Sandbox, SandboxFaults, SandboxLogger, SandboxOptions } from './sandbox.js';
export { startSandbox } from './start-sandbox.js';
