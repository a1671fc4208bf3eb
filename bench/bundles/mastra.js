/* A Worker with Mastra's classes, and no agent, to see what the store adds to a bundle. */
import { CloudflareStore } from '../../js-shim/index.js';

/** @param {unknown} _request @param {any} env */
const fetch = async (_request, env) => {
  const bindings = { threads: env.THREADS_KV, messages: env.MESSAGES_KV };
  const memory = await new CloudflareStore({ id: 's', bindings }).getStore('memory');
  return Response.json(await memory?.getThreadById({ threadId: 't1' }));
};
export default { fetch };
