export type { ClientNode } from './ads/client-node.js';
export type { Refusal } from './ads/refusals.js';
export type { RequestRate } from './ads/request-budget.js';
export type { AdsClient } from './ads/service.js';
export { type CloseOptions, type ControlPlane, createControlPlane, type Listening } from './control-plane.js';
export { ControlPlaneError, type ControlPlaneErrorCode } from './errors.js';
export type { ControlPlaneLimits, ControlPlaneOptions } from './options.js';
export type { ResourceType } from './resource-type.js';
