import { expect, it } from 'vitest';
import { describeService } from './service.js';

it.each([
  [{ clusterIP: 'None', ports: [{ name: 'tcp', port: 8088 }] }, 'headless, ports tcp 8088 → 8088'],
  [{ clusterIP: 'None' }, 'headless, ports none'],
  [{ type: 'ExternalName', externalName: 'db.example.com' }, 'ExternalName of db.example.com'],
  [
    { clusterIP: '10.96.0.7', ports: [{ port: 80, targetPort: 'http' }] },
    'ClusterIP, ports (unnamed) 80 → http; through its virtual IP 10.96.0.7 all calls of a connection stay on one pod',
  ],
])('describes %j', (spec, text) => {
  expect(describeService(spec)).toBe(text);
});
