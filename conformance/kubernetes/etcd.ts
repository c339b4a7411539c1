/** The key of the shortest range, base64: the byte 0. */
const ANY_KEY = 'AA==';

async function post(
  url: string,
  body: object,
): Promise<{ readonly header?: { readonly revision?: string } }> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok)
    throw new Error(`etcd ${url}: ${response.status} ${(await response.text()).slice(0, 200)}`);
  return (await response.json()) as { header?: { revision?: string } };
}

/** Forgets every revision of etcd but the newest, over its JSON gateway. Returns that one. */
export async function compact(endpoint: string): Promise<string> {
  const { header } = await post(`${endpoint}/v3/kv/range`, { key: ANY_KEY, limit: 1 });
  const revision = header?.revision;
  if (revision === undefined) throw new Error(`etcd ${endpoint} names no revision`);
  await post(`${endpoint}/v3/kv/compaction`, { revision, physical: true });
  return revision;
}
