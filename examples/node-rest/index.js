/* From outside Workers: a user's conversations as Markdown, over Cloudflare's REST API.
 *
 *   ACCOUNT_ID=… API_TOKEN=… NAMESPACES='{"threads":"<id>","messages":"<id>"}' node index.js ada
 *
 * The ids are those of the namespaces that the Worker has bound (`npx wrangler kv namespace list`); the token needs the
 * permission Workers KV Storage: Read. */
import { argv, env, exit } from 'node:process';
import { KVStore } from 'mastra-kv-wasm/kv-store';

const [resourceId] = argv.slice(2);
if (!resourceId) {
  console.error('usage: node index.js <resourceId>');
  exit(2);
}
const store = new KVStore({
  accountId: env.ACCOUNT_ID,
  apiToken: env.API_TOKEN,
  namespaces: JSON.parse(env.NAMESPACES),
  keyPrefix: env.KEY_PREFIX,
  baseUrl: env.BASE_URL, // Cloudflare's own when unset
});

const textOf = ({ content, parts }) =>
  content ?? parts.map((part) => (part.type === 'text' ? part.text : `(${part.type})`)).join('');

const { threads } = await store.listThreads({ filter: { resourceId }, perPage: false });
for (const { id, title, createdAt } of threads) {
  console.log(`# ${title || id}\n\n${createdAt.toISOString()}\n`);
  const { messages } = await store.listMessages({ threadId: id, perPage: false });
  for (const { role, content } of messages) console.log(`**${role}**: ${textOf(content)}\n`);
}
