/* A composite store: conversations in KV, traces elsewhere. Traces are many small writes, which KV bills one by one and
 * takes one a second for a key; give them a store made for that. */
import { env } from 'node:process';
import { InMemoryStore, MastraCompositeStore } from '@mastra/core/storage';
import { CloudflareStore } from 'mastra-kv-wasm';

const conversations = new CloudflareStore({
  id: 'conversations',
  accountId: env.ACCOUNT_ID,
  apiToken: env.API_TOKEN,
  namespacePrefix: 'app_',
  baseUrl: env.BASE_URL, // Cloudflare's own when unset
});

// Here stands any store of Mastra's that has an observability domain, such as ClickHouse, DuckDB or Postgres.
const traces = new InMemoryStore({ id: 'traces' });

export const storage = new MastraCompositeStore({
  id: 'app',
  default: conversations,
  domains: { observability: await traces.getStore('observability') },
});

const memory = await storage.getStore('memory');
const now = new Date();
await memory.saveThread({ thread: { id: 't1', resourceId: 'ada', title: 'Riga', createdAt: now, updatedAt: now } });
const observability = await storage.getStore('observability');
await observability.createSpan({
  span: { traceId: 'trace', spanId: 'span', name: 'turn', spanType: 'agent_run', isEvent: false, startedAt: now },
});
const { spans } = await observability.getTrace({ traceId: 'trace' });
console.log(`thread ${(await memory.getThreadById({ threadId: 't1' })).title} in KV, ${spans.length} span elsewhere`);
