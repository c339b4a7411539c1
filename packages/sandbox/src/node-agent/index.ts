export { loadAccess } from '@fairlead/discovery/kubernetes';
export type { NodeAgent } from './node-agent.js';
export { createNodeAgent } from './node-agent.js';
