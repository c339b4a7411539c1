import type { ChannelEndpoint, ChannelInspection } from '@fairlead/client';
import { formatTable } from './table.js';

const HEADER = ['ENDPOINT', 'POD', 'ZONE', 'WHY', 'CONNECTION', 'WORTH', 'IN FLIGHT', 'STREAMS', 'REPORT'];

/** What a channel does, for people: a line of its own, then a table of its endpoints. */
export function formatChannel(channel: ChannelInspection): string {
  const { target, policy, endpointSet, endpoints, failure } = channel;
  const { name, basis, rejected } = policy;
  const lines = [
    `${target || '(another resolver)'}: ${name}${basis === null ? '' : `, by ${basis}`}`,
    ...(endpointSet === null ? [] : [`endpoints ${describeSet(endpointSet)}`]),
    ...(rejected === null ? [] : [`the latest config is not used: ${rejected}`]),
    ...(failure === null ? [] : [`calls fail: ${failure}`]),
    ...(endpoints.length === 0 ? [] : [formatTable(HEADER, endpoints.map(rowOf))]),
  ];
  return lines.join('\n');
}

function describeSet({ state, cause, lastChange }: NonNullable<ChannelInspection['endpointSet']>): string {
  const why = cause === null ? '' : ` (${cause})`;
  if (lastChange === null) return `${state}${why}`;
  return `${state}${why}, last change ${seconds(lastChange.ageMs)} ago: ${lastChange.reason}`;
}

function rowOf({
  key,
  pod,
  zone,
  why,
  connection,
  worth,
  inFlight,
  streams,
  ejection,
  report,
}: ChannelEndpoint) {
  const ejected = ejection === null ? '' : ` (${ejection.cause})`;
  return [
    key,
    pod ?? '-',
    zone ?? '-',
    why === null ? '-' : why + ejected,
    connection?.state ?? '-',
    worth === null ? '-' : String(Number(worth.toPrecision(3))),
    inFlight === null ? '-' : String(inFlight),
    streams === null ? '-' : String(streams),
    report === null ? '-' : `${seconds(report.ageMs)} ago`,
  ];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
