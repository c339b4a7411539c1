import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeLoadReport } from './decode.js';
import { encodeLoadReport } from './encode.js';
import { decodeReportRequest, encodeReportRequest } from './request.js';

const figure = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { nil: undefined });

describe('load reports', () => {
  it('are read as they were written', () => {
    const report = fc.record(
      {
        cpuUtilization: figure,
        applicationUtilization: figure,
        rps: figure,
        eps: figure,
        requestsInFlight: figure,
        latencyMs: figure,
      },
      { requiredKeys: [] },
    );
    const metrics = fc.dictionary(fc.string({ maxLength: 200, unit: 'grapheme' }), fc.double());
    fc.assert(
      fc.property(report, metrics, (written, more) => {
        const bytes = encodeLoadReport(written, new Map(Object.entries(more)));
        const said = Object.fromEntries(Object.entries(written).filter(([, value]) => value !== undefined));
        expect(decodeLoadReport(bytes)).toEqual(said);
      }),
    );
  });

  it('of other programs are read, whatever else they say', () => {
    // cpu 0.5, memory 0.25, the old rps (varint) 7, a request cost, a utilization, rps 2, and an unknown fixed32.
    const parts = [
      '09000000000000e03f',
      '11000000000000d03f',
      '1807',
      '22030a0161',
      '2a0c0a016211000000000000f03f',
    ];
    const bytes = Buffer.from(`${parts.join('')}310000000000000040fd0600000000`, 'hex');
    expect(decodeLoadReport(bytes)).toEqual({ cpuUtilization: 0.5, rps: 2 });
  });

  it('have long names of metrics cut between characters', () => {
    const bytes = Buffer.from(encodeLoadReport({}, new Map([['é'.repeat(59), 1]])));
    expect(bytes.includes('é'.repeat(58))).toBe(true);
    expect(bytes.includes('é'.repeat(59))).toBe(false);
    const long = Buffer.from(encodeLoadReport({}, new Map([[`${'a'.repeat(115)}é`, 1]])));
    expect(long[3]).toBe(115);
  });

  it('are nothing when their bytes are none, too many, or end too early', () => {
    expect(decodeLoadReport(new Uint8Array(8193))).toBeUndefined();
    const whole = encodeLoadReport({ rps: 1, requestsInFlight: 3 });
    for (let length = 1; length < whole.length; length++) {
      const report = decodeLoadReport(whole.subarray(0, length));
      expect(report === undefined || report.requestsInFlight === undefined).toBe(true);
    }
    expect(decodeLoadReport(new Uint8Array())).toEqual({});
  });

  it('never throw, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        decodeLoadReport(bytes);
      }),
      { numRuns: 20_000 },
    );
  });
});

describe('requests of reports', () => {
  it.each([0, 1, 100, 999, 1000, 2260, 60_000, 86_400_000])('ask for one every %i ms', (ms) => {
    expect(decodeReportRequest(encodeReportRequest(ms))).toBe(ms);
  });

  it('never throw, and never ask for more than a day', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(decodeReportRequest(bytes) ?? 0).toBeLessThanOrEqual(86_400_000);
      }),
      { numRuns: 20_000 },
    );
  });
});
