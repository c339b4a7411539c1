import type { Outcome } from '../claim.js';
import { DNS_NAME, PORT } from '../names.js';
import type { Stage, Step } from '../stage.js';
import { took } from '../words.js';

/** `dig srv serv-ca.nspace.svc.cluster.local`. */
export const srvRecords: Step = {
  id: 'srv-records',
  title: 'What the cluster DNS says of a headless Service',
  async run({ dns, resolveSrv, screen, endpoints }: Stage): Promise<Outcome> {
    if ('missing' in dns) return { id: srvRecords.id, why: dns.missing };
    screen.line(`  $ dig srv ${DNS_NAME}`);
    const startMs = performance.now();
    const records = await resolveSrv(DNS_NAME);
    const tookMs = Math.round(performance.now() - startMs);
    const lines = records
      .map(({ priority, weight, port, name }) => `${priority} ${weight} ${port} ${name}.`)
      .sort();
    for (const line of lines) screen.line(`  ${line}`);
    const pods = endpoints.usable.length;
    const start = `0 ${Math.floor(100 / pods)} ${PORT}`;
    const claim = {
      id: srvRecords.id,
      text: `DNS answers SRV with one record "${start} …" per ready pod`,
      holds: lines.length === pods && lines.every((line) => line.startsWith(`${start} `)),
      figures: { records: lines.length, pods, tookMs },
    };
    return { claim, words: [`${lines.length} records for ${pods} ready pods, in ${took(tookMs)}`] };
  },
};
