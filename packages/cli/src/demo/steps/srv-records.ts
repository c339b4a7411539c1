import { Resolver } from 'node:dns/promises';
import type { Claim, Omission } from '../claim.js';
import { DNS_NAME, PORT } from '../names.js';
import type { Step } from '../stage.js';

/** `dig srv serv-ca.nspace.svc.cluster.local`. */
export const srvRecords: Step = {
  id: 'srv-records',
  title: `1. What DNS says of a headless Service: dig srv ${DNS_NAME}`,
  async run({ dns, screen, endpoints }): Promise<Claim | Omission> {
    if ('missing' in dns) return { id: srvRecords.id, why: dns.missing };
    const resolver = new Resolver({ timeout: 2_000, tries: 3 });
    resolver.setServers([dns.server]);
    const records = await resolver.resolveSrv(DNS_NAME);
    const lines = records
      .map(({ priority, weight, port, name }) => `${priority} ${weight} ${port} ${name}.`)
      .sort();
    for (const line of lines) screen.line(`  ${line}`);
    const pods = endpoints.usable.length;
    return {
      id: srvRecords.id,
      text: `the cluster DNS answers SRV with one line "0 ${Math.floor(100 / pods)} ${PORT} …" per ready pod`,
      holds:
        lines.length === pods &&
        lines.every((line) => line.startsWith(`0 ${Math.floor(100 / pods)} ${PORT} `)),
      figures: { records: lines.length, pods },
    };
  },
};
