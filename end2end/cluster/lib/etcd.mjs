// Writing into etcd beside the API server: the only way to have 150,000 pods in
// less than an hour. The API server notices through its own watch on etcd.
import { readFileSync } from 'node:fs';
import { Api } from './api.mjs';

const base64 = (text) => Buffer.from(text).toString('base64');

export class Etcd {
  constructor(lab) {
    const read = (file) => readFileSync(lab.path('pki', file));
    this.client = new Api(`https://127.0.0.1:${lab.plan.ports.etcd}`, {
      ca: read('etcd/ca.crt'), cert: read('apiserver-etcd-client.crt'), key: read('apiserver-etcd-client.key'),
    });
  }

  /** Writes all of `[key, text]` in one transaction, which etcd limits to 1024 of them. */
  async putAll(pairs) {
    const success = pairs.map(([key, value]) => ({ request_put: { key: base64(key), value: base64(value) } }));
    await this.client.text('/v3/kv/txn', 'POST', { success });
  }

  /** Up to `limit` `{key, value}` with keys that start with `prefix`, after the key `after`. */
  async list(prefix, { limit, after }) {
    const end = Buffer.from(prefix);
    end[end.length - 1] += 1;
    const start = after === undefined ? base64(prefix) : base64(`${after}\0`);
    const answer = await this.client.json('/v3/kv/range', 'POST', { key: start, range_end: end.toString('base64'), limit });
    return (answer.kvs ?? []).map((pair) => ({
      key: Buffer.from(pair.key, 'base64').toString(),
      value: Buffer.from(pair.value, 'base64'),
    }));
  }

  close() {
    this.client.close();
  }
}
