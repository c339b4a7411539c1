import type { Endpoint } from '@fairlead/discovery';

/** An endpoint that is ready, unless `fields` say otherwise. */
export function endpoint(
  host: string,
  fields: Partial<Endpoint> & { readonly port?: number } = {},
): Endpoint {
  const { port = 8080, ...rest } = fields;
  const addresses = rest.addresses ?? [{ host, port }];
  const key = addresses.map((each) => `${each.host}:${each.port}`).join(',');
  return { key, addresses, ready: true, serving: true, terminating: false, slice: 's', ...rest };
}
