/* A chat that remembers, without Mastra: the store, a model's API, and nothing else.
 * There is no sign-in: `user` should be the signed-in user's id, never what a request claims. */
import { env } from 'cloudflare:workers';
import { KVStore } from 'mastra-kv-wasm/kv-store';

const store = new KVStore({ bindings: { threads: env.THREADS_KV, messages: env.MESSAGES_KV } });

export default {
  async fetch(request) {
    const { method, url } = request;
    const { pathname, searchParams } = new URL(url);
    try {
      if (method === 'POST' && pathname === '/chat') return Response.json(await chat(await request.json()));
      if (pathname === '/threads') return Response.json(await threadsOf(searchParams.get('user')));
      if (pathname === '/messages') return Response.json(await history(searchParams.get('thread')));
      return Response.json({ error: 'POST /chat, GET /threads?user=, GET /messages?thread=' }, { status: 404 });
    } catch (error) {
      // A failure of KV is an error, with a code, never an empty conversation.
      return Response.json({ error: error.message, code: error.code }, { status: 500 });
    }
  },
};

async function chat({ thread: threadId, user: resourceId, message }) {
  const askedAt = new Date();
  const thread = await store.getThreadById({ threadId });
  if (thread && thread.resourceId !== resourceId) throw new Error('This thread is another user’s.');
  const { messages } = await store.listMessages({
    threadId,
    perPage: 20,
    orderBy: { field: 'createdAt', direction: 'DESC' },
    includeTotal: false,
  });
  const earlier = messages.reverse().map(({ role, content }) => ({ role, content: content.content }));
  const answer = await ask([...earlier, { role: 'user', content: message }]);

  if (!thread) {
    const title = message.slice(0, 60);
    await store.saveThread({ thread: { id: threadId, resourceId, title, createdAt: askedAt, updatedAt: askedAt } });
  }
  const said = (role, content, createdAt) => ({
    id: crypto.randomUUID(),
    threadId,
    resourceId,
    role,
    content,
    createdAt,
  });
  await store.saveMessages({
    messages: [said('user', message, askedAt), said('assistant', answer, new Date(askedAt.getTime() + 1))],
  });
  return { answer };
}

/** @returns the model's answer to a conversation */
async function ask(messages) {
  const response = await fetch(env.MODEL_URL, {
    method: 'POST',
    headers: { authorization: `Bearer ${env.MODEL_API_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: env.MODEL, messages }),
  });
  if (!response.ok) throw new Error(`The model answered ${response.status}.`);
  const { choices } = await response.json();
  return choices[0].message.content;
}

async function threadsOf(resourceId) {
  const { threads } = await store.listThreads({ filter: { resourceId }, perPage: 20 });
  return threads.map(({ id, title }) => ({ id, title }));
}

async function history(threadId) {
  const { messages } = await store.listMessages({ threadId, perPage: false });
  return messages.map(({ role, content }) => ({ role, text: content.content }));
}
