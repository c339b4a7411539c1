import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { KubeObject, WatchEvent } from '../../src/kubernetes/client/client.js';
import type { ReflectorHandler } from '../../src/kubernetes/reflector/reflector.js';

const FOLDER = join(import.meta.dirname, '..', 'fixtures', 'recordings');

function read(scenario: string, file: string): string {
  const path = join(FOLDER, scenario, file);
  return existsSync(path)
    ? readFileSync(path, 'utf8')
    : gunzipSync(readFileSync(`${path}.gz`)).toString('utf8');
}

/** What a real API server said, and what the pods were afterwards. */
export interface Recording {
  readonly scenario: string;
  readonly list: readonly KubeObject[];
  readonly events: readonly WatchEvent[];
  readonly final: readonly KubeObject[];
  readonly pods: {
    readonly ready: readonly string[];
    readonly notReady: readonly string[];
    readonly terminating: readonly string[];
  };
}

/** Names of all recordings. */
export function scenarios(): string[] {
  return readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}

export function recording(scenario: string): Recording {
  const items = (file: string): KubeObject[] => JSON.parse(read(scenario, file)).items;
  const lines = read(scenario, 'watch.jsonl').split('\n');
  return {
    scenario,
    list: items('list.json'),
    events: lines.filter((line) => line !== '').map((line) => JSON.parse(line)),
    final: items('final.json'),
    pods: JSON.parse(read(scenario, 'pods.json')),
  };
}

/** Does with one event what a reflector does with it. */
export function replay(handler: ReflectorHandler<KubeObject>, event: WatchEvent): void {
  if (event.type === 'ADDED' || event.type === 'MODIFIED') handler.upsert(event.object);
  else if (event.type === 'DELETED') handler.remove(event.object);
}
