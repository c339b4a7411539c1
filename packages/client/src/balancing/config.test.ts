import { expect, it } from 'vitest';
import { FairleadConfig, ownConfig } from './config.js';

it('is the same object for the same raw config', () => {
  const raw = { pick: { roundRobin: {} } };
  expect(FairleadConfig.createFromJson(raw)).toBe(FairleadConfig.createFromJson(raw));
  expect(FairleadConfig.createFromJson(raw).pipeline?.pick).toEqual({ policy: 'roundRobin' });
  expect(FairleadConfig.createFromJson(raw).toJsonObject()).toEqual({ fairlead: raw });
});

it.each([null, 3, 'x', [], { pick: { fastest: {} } }, { zones: {} }])(
  'turns %j into a value with an error, never into an exception',
  (raw) => {
    const config = FairleadConfig.createFromJson(raw);
    expect(config.pipeline).toBeUndefined();
    expect(config.error).toMatch(/^fairlead/);
    expect(config.getLoadBalancerName()).toBe('fairlead');
  },
);

it('is the default policy when made without arguments', () => {
  expect(new FairleadConfig().pipeline?.pick).toMatchObject({ policy: 'loadAware' });
});

it("reads the config of another copy of this package and leaves other policies' alone", () => {
  const foreign = (name: string) => ({
    getLoadBalancerName: () => name,
    toJsonObject: () => ({ [name]: { pick: { roundRobin: {} } } }),
  });
  expect(ownConfig(foreign('fairlead'))?.pipeline?.pick).toEqual({ policy: 'roundRobin' });
  expect(ownConfig(foreign('pick_first'))).toBeNull();
});
