/* Writers that must agree, with a Durable Object in front of them. KV has no compare-and-swap: where two isolates merge
 * different members into one thread's metadata within a minute, the later one wins. Here all of a thread's merges go
 * through one object, which knows what it wrote. Everything else, reading and messages, goes straight to KV. */
import { DurableObject, env } from 'cloudflare:workers';
import { KVStore } from 'mastra-kv-wasm/kv-store';

const store = new KVStore({ bindings: { threads: env.THREADS_KV, messages: env.MESSAGES_KV } });

export class ThreadWriter extends DurableObject {
  #last = Promise.resolve();

  /**
   * Merge members into a thread's metadata.
   * @param {string} threadId
   * @param {Record<string, any>} members
   */
  merge(threadId, members) {
    // One after another: the object itself would let them overlap while they wait for KV.
    const merged = this.#last.then(() => this.#merge(threadId, members));
    this.#last = merged.then(
      () => {},
      () => {},
    );
    return merged;
  }

  async #merge(threadId, members) {
    // The object's own storage never lags, so it outlives the object's moves; KV gets the whole of it each time.
    const metadata = { ...(await this.ctx.storage.get('metadata')), ...members };
    await this.ctx.storage.put('metadata', metadata);
    return store.updateThread({ id: threadId, metadata });
  }
}

export default {
  async fetch(request) {
    const { method, url } = request;
    const threadId = new URL(url).pathname.slice(1);
    if (method === 'PUT') {
      const now = new Date();
      return Response.json(
        await store.saveThread({ thread: { id: threadId, resourceId: 'ada', createdAt: now, updatedAt: now } }),
      );
    }
    if (method === 'PATCH') {
      const writer = env.THREAD_WRITER.get(env.THREAD_WRITER.idFromName(threadId));
      return Response.json(await writer.merge(threadId, await request.json()));
    }
    return Response.json(await store.getThreadById({ threadId }));
  },
};
