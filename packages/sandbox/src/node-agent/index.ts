export { loadAccess } from '@fairlead/discovery/kubernetes';
export type { AgentClock, AgentLogger, ProcessRegistry } from './host.js';
export type { ServingOptions } from './log-server.js';
export type { NodeAgent, NodeAgentOptions } from './node-agent.js';
export { createNodeAgent } from './node-agent.js';
export type { RestartLimits } from './restart.js';
