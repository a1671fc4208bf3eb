/* The Worker of `make dev`, and beside its routes what a conversation under load needs more: the methods of its storage, an
 * end in the middle of a request, and what became of the isolate. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { env } from 'cloudflare:workers';
import { Hono } from 'hono';
import worker from '../../js-shim/worker/index.js';
import { memory } from '../../js-shim/worker/storage.js';

/** Answered where a request ended before its work did. */
const LEFT = 204;

/** Rejections that nobody handled, as workerd tells them. @type {string[]} */
const rejections = [];
addEventListener('unhandledrejection', (event) => {
  rejections.push(String(/** @type {PromiseRejectionEvent} */ (event).reason));
});

/** Instances of the engine: all that were made but the store's first one, and those that are gone again. */
const instances = { made: 0, collected: 0 };
const collected = new FinalizationRegistry(() => void instances.collected++);
const { Instance } = WebAssembly;
Object.assign(WebAssembly, {
  Instance: class extends Instance {
    /** @param {ConstructorParameters<typeof Instance>} args */
    constructor(...args) {
      super(...args);
      instances.made++;
      collected.register(this, undefined);
    }
  },
});

/** Tells isolates apart; made in the first request, since global scope has no random numbers. */
let isolate = '';

/** Requests under way, by who made them: wrangler does not tell its Worker that a client went away. @type {Map<string, number>} */
const underWay = new Map();

/** Counts some work. @param {string} client @returns {() => void} to be called when it has ended, once or more */
function begin(client) {
  const change = (/** @type {number} */ by) => underWay.set(client, (underWay.get(client) ?? 0) + by);
  change(1);
  let by = -1;
  return () => {
    change(by);
    by = 0;
  };
}

/** The KV calls of a request, and which of them is its last. */
class Calls {
  made = 0;
  #last;
  /** @type {(value: true) => void} */
  #leave = () => {};
  isLeft = new Promise((resolve) => (this.#leave = resolve));

  /** @param {number} last */
  constructor(last) {
    this.#last = last;
  }

  count() {
    if (++this.made === this.#last) this.#leave(true);
  }
}

/** @type {AsyncLocalStorage<Calls>} */
const requests = new AsyncLocalStorage();
for (const namespace of /** @type {any[]} */ ([env.THREADS_KV, env.MESSAGES_KV])) {
  for (const name of ['get', 'put', 'delete', 'list']) {
    const method = namespace[name].bind(namespace);
    namespace[name] = (/** @type {unknown[]} */ ...args) => {
      const result = method(...args);
      requests.getStore()?.count();
      return result;
    };
  }
}

const app = new Hono();
app.use(async (context, next) => {
  const end = begin(context.req.header('x-client') ?? '');
  const calls = new Calls(Number(context.req.header('x-leave-after-calls') ?? Infinity));
  const served = requests.run(calls, next).finally(end);
  if (await Promise.race([calls.isLeft, served])) {
    // An answer ends the request: workerd never goes on with what it is still doing.
    end();
    return new Response(null, { status: LEFT });
  }
  context.header('x-calls', String(calls.made));
  return undefined;
});
app.get('/load/under-way/:client', (context) => context.json(underWay.get(context.req.param('client')) ?? 0));
app.get('/load/isolate', (context) => {
  isolate ||= crypto.randomUUID();
  return context.json({ isolate, instances, rejections });
});
app.post('/load/:method', async (context) => {
  const { [context.req.param('method')]: method } = /** @type {Record<string, any>} */ (
    /** @type {unknown} */ (memory)
  );
  const args = await context.req.json();
  return context.json((await method.apply(memory, args)) ?? null);
});
app.onError((error, context) =>
  context.json({ error: { code: Reflect.get(error, 'code'), message: error.message } }, 500),
);
app.all('*', (context) => {
  const { req, executionCtx } = context;
  const waitUntil = (/** @type {Promise<unknown>} */ work) =>
    executionCtx.waitUntil(work.finally(begin(req.header('x-client') ?? '')));
  return worker.fetch(req.raw, context.env, /** @type {any} */ ({ ...executionCtx, waitUntil }));
});

export default app;
