export { loadAccess } from '@fairlead/discovery/kubernetes';
export type { FunctionContainer, FunctionImage, FunctionServer } from './function-image.js';
export type { ProcessRegistry } from './host.js';
export type { Image, Images } from './image.js';
export { type Detected, detectIsolation } from './isolation/detect.js';
export type { Isolation } from './isolation/launch.js';
export type { ServingOptions } from './log-server.js';
export type { NodeAgent } from './node-agent.js';
export { createNodeAgent } from './node-agent.js';
