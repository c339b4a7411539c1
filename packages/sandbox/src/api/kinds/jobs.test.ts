import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../objects.js';
import { kindByResource } from './index.js';

type Fields = Record<string, unknown>;

const template = (spec: Fields = {}): Fields => ({
  spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }], ...spec },
});

function build(kind: 'Job' | 'CronJob', spec: Fields, name = 'x'): KubeObject {
  const info = kindByResource(`${kind.toLowerCase()}s`);
  const object: KubeObject = {
    apiVersion: 'batch/v1',
    kind,
    metadata: { name, namespace: 'n', uid: 'u' },
    spec: structuredClone(spec),
  };
  info?.setDefaults?.(object);
  info?.prepareCreate?.(object);
  return object;
}

const findings = (object: KubeObject, old?: KubeObject): string[] =>
  (kindByResource(`${object.kind.toLowerCase()}s`)?.validate?.(object, old) ?? []).map(
    ({ field, message }) => `${field}: ${message}`,
  );
const job = (spec: Fields = {}, name?: string): KubeObject =>
  build('Job', { template: template(), ...spec }, name);
const cronJob = (spec: Fields = {}): KubeObject =>
  build('CronJob', { schedule: '@daily', jobTemplate: { spec: { template: template() } }, ...spec });

describe('a Job', () => {
  it('is filled in, and knows its pods by its uid', () => {
    expect(job()).toMatchObject({
      metadata: { labels: { 'batch.kubernetes.io/job-name': 'x', 'controller-uid': 'u' } },
      spec: {
        completions: 1,
        parallelism: 1,
        backoffLimit: 6,
        completionMode: 'NonIndexed',
        suspend: false,
        manualSelector: false,
        podReplacementPolicy: 'TerminatingOrFailed',
        selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u' } },
      },
    });
    expect(job({ parallelism: 2 }).spec).not.toHaveProperty('completions');
  });

  it.each<[Fields, string[]]>([
    [{ manualSelector: true }, ['spec.selector: Required value']],
    [
      { completionMode: 'Indexed', parallelism: 2 },
      ['spec.completions: Required value: when completion mode is Indexed'],
    ],
    [
      { podFailurePolicy: { rules: [] }, backoffLimitPerIndex: 1 },
      [
        'spec.podFailurePolicy: Forbidden: this cluster does not serve it',
        'spec.backoffLimitPerIndex: Forbidden: this cluster does not serve it',
      ],
    ],
    [
      { template: template({ restartPolicy: 'Always' }) },
      ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
    ],
  ])('with %j is refused', (spec, expected) => {
    expect(findings(job(spec))).toEqual(expected);
  });

  it('needs a name that is part of host names when it is Indexed', () => {
    expect(findings(job({ completions: 3, completionMode: 'Indexed' }, 'a.b'))).toEqual([
      'metadata.name: Invalid value: "a.b": will not able to create pod with invalid DNS label: a.b-2',
    ]);
    expect(findings(job({ completions: 3 }, 'a.b'))).toEqual([]);
  });

  it('keeps what its pods are counted by', () => {
    expect(findings(job({ parallelism: 3, completions: 1, suspend: true }), job())).toEqual([]);
    expect(findings(job({ completions: 2 }), job())).toEqual([
      'spec.completions: Invalid value: 2: field is immutable',
    ]);
    const indexed = { completionMode: 'Indexed', completions: 2, parallelism: 2 };
    expect(findings(job({ ...indexed, completions: 3, parallelism: 3 }), job(indexed))).toEqual([]);
    expect(findings(job({ ...indexed, completions: 3 }), job(indexed))).toEqual([
      'spec.completions: Invalid value: 3: can only be modified in tandem with spec.parallelism',
    ]);
  });
});

describe('a CronJob', () => {
  it('is filled in, but for its Job', () => {
    expect(cronJob().spec).toMatchObject({
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    });
    expect(cronJob().spec).not.toHaveProperty('jobTemplate.spec.completions');
    expect(findings(cronJob({ timeZone: 'Europe/Berlin' }))).toEqual([]);
  });

  it.each<[Fields, string]>([
    [{ schedule: '' }, 'spec.schedule: Required value'],
    [
      { schedule: '* * *' },
      'spec.schedule: Invalid value: "* * *": expected exactly 5 fields, found 3: [* * *]',
    ],
    [
      { schedule: 'CRON_TZ=UTC 0 0 * * *' },
      'spec.schedule: Invalid value: "CRON_TZ=UTC 0 0 * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
    ],
    [
      { timeZone: 'Local' },
      'spec.timeZone: Invalid value: "Local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
    ],
    [
      { concurrencyPolicy: 'Never' },
      'spec.concurrencyPolicy: Unsupported value: "Never": supported values: "Allow", "Forbid", "Replace"',
    ],
  ])('with %j is refused', (spec, expected) => {
    expect(findings(cronJob(spec))).toEqual([expected]);
  });

  it('leaves room in its name for the minute', () => {
    const long = build(
      'CronJob',
      { schedule: '@daily', jobTemplate: { spec: { template: template() } } },
      'a'.repeat(53),
    );
    expect(findings(long)).toEqual([
      `metadata.name: Invalid value: "${'a'.repeat(53)}": must be no more than 52 characters`,
    ]);
  });
});
