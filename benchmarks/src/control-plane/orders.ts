import type { ResourceType } from '@fairlead/control-plane';
import type { Memory } from '../process-memory.js';
import type { Protocol } from './wire.js';

/** Namespace and port of every target of these benchmarks. */
const SUFFIX = 'bench:8080';

/** The name that clients dial for a Service. */
export function targetOf(service: string): string {
  return `${service}.${SUFFIX}`;
}

/** The Service of a name that clients dial. */
export function serviceOf(target: string): string {
  return target.slice(0, target.indexOf('.'));
}

/** Clients that all want the same. */
export interface ClientGroup {
  readonly clients: number;
  readonly protocol: Protocol;
  readonly services: readonly string[];
}

/** What a process of clients is started with. */
export interface ClientsOrder {
  readonly port: number;
  readonly groups: readonly ClientGroup[];
  /** What each asks for of each of its Services. */
  readonly types: readonly ResourceType[];
  /** They come back as gRPC clients do; otherwise the end of a connection is the end of the process. */
  readonly reconnect?: boolean;
  /** They look into endpoints and remember when they came. */
  readonly remember?: boolean;
}

/** What clients were sent. */
export interface Received {
  readonly responses: number;
  readonly resources: number;
  /** Of the responses, without gRPC's header. */
  readonly bytes: number;
}

/** A change and when it was made (CLOCK_MONOTONIC, ms). */
export interface Made {
  readonly service: string;
  readonly number: number;
  readonly atMs: number;
}

/** How old changes were when clients held them (ms). */
export interface Staleness {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** From the first change until the first client, and until the last one, was told of it. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** Responses of the client that had the most. */
  readonly responses: number;
}

/** What a process of clients is asked. */
export type ClientsQuestions = {
  /** Answers when every client holds all it wants, and how long after the first connect that first was so (ms). */
  readonly ready: { readonly asked: null; readonly answer: number };
  /** Answers when every client has lost its connection after this was asked, and then held all it wants again. */
  readonly back: { readonly asked: null; readonly answer: null };
  /** Answers when all clients together have taken so many resources, and said so, since they were started. */
  readonly taken: { readonly asked: { readonly resources: number }; readonly answer: null };
  /** By protocol, since it was last asked. */
  readonly received: { readonly asked: null; readonly answer: Readonly<Record<Protocol, Received>> };
  /** Of those changes, when every client that has their Services holds the last of them. */
  readonly staleness: { readonly asked: readonly Made[]; readonly answer: Staleness };
};

/** What a control plane of its own process is started with. */
export interface ServerOrder {
  /** 0: any. */
  readonly port: number;
  readonly endpoints: number;
  /** Default: the control plane's. */
  readonly mergeMs?: number;
  /** Has an eye on the event loop, which costs a little. */
  readonly watchesLoop?: boolean;
}

/** What a control plane has done. */
export interface ServerFacts {
  /** The longest time for which the event loop did nothing else (ms), and the CPU that the process used meanwhile. */
  readonly stallMs: number;
  readonly stallCpuMs: number;
  /** CPU that the process used (ms). */
  readonly cpuMs: number;
  /** How old each change was when a client took it over (ms), sorted: the control plane's own metric. */
  readonly agesMs: readonly number[];
  /** Responses and their bytes: its own metrics, since it was started. */
  readonly responses: number;
  readonly bytes: number;
}

/** What a process with a control plane is asked. */
export type ServerQuestions = {
  /** Its port, once it listens. */
  readonly port: { readonly asked: null; readonly answer: number };
  /** Changes an endpoint of each of these Services, in one turn. */
  readonly change: { readonly asked: readonly string[]; readonly answer: readonly Made[] };
  /** CPU of a change (µs), of so many, each when all clients have taken the one before over. */
  readonly cost: {
    readonly asked: { readonly service: string; readonly changes: number; readonly clients: number };
    readonly answer: number;
  };
  /** So many changes, one Service after the other, evenly over so long. */
  readonly storm: {
    readonly asked: {
      readonly services: readonly string[];
      readonly events: number;
      readonly overMs: number;
    };
    readonly answer: readonly Made[];
  };
  /** Since it was last asked, unless it is said otherwise. */
  readonly facts: { readonly asked: null; readonly answer: ServerFacts };
  readonly memory: { readonly asked: null; readonly answer: Memory };
};

/** What a floor of its own process is started with: the response that it writes, base64. */
export interface FloorOrder {
  readonly response: string;
}

/** What a floor is asked. */
export type FloorQuestions = {
  readonly port: { readonly asked: null; readonly answer: number };
  /** Writes the response to every stream again. */
  readonly push: { readonly asked: null; readonly answer: null };
  readonly memory: { readonly asked: null; readonly answer: Memory };
};
