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
/** Requests that were served to their ends, and those of which nothing is left. */
const served = { made: 0, collected: 0 };
/** @type {FinalizationRegistry<{ collected: number }>} */
const collected = new FinalizationRegistry((of) => void of.collected++);
const { Instance } = WebAssembly;
Object.assign(WebAssembly, {
  Instance: class extends Instance {
    /** @param {ConstructorParameters<typeof Instance>} args */
    constructor(...args) {
      super(...args);
      instances.made++;
      collected.register(this, instances);
    }
  },
});

/** Tells isolates apart; made in the first request, since global scope has no random numbers. */
let isolate = '';

/** Nothing goes on for longer: what outlives its request is ended after half a minute. */
const UNDER_WAY_MS_MAX = 60_000;
/**
 * When requests under way were begun, by who made them: wrangler does not tell its Worker that a client went away.
 * @type {Map<string, Set<{ beginMs: number }>>}
 */
const underWay = new Map();

/** Counts some work. @param {string} client @returns {() => void} to be called when it has ended */
function begin(client) {
  const works = underWay.get(client) ?? new Set();
  underWay.set(client, works);
  const work = { beginMs: Date.now() };
  works.add(work);
  return () => void works.delete(work);
}

/** How much of a client's work is under way, without what was cut off and never ends. @param {string} client */
function countUnderWay(client) {
  const ageMs = (/** @type {{ beginMs: number }} */ { beginMs }) => Date.now() - beginMs;
  return [...(underWay.get(client) ?? [])].filter((work) => ageMs(work) < UNDER_WAY_MS_MAX).length;
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
  const serving = requests.run(calls, next).finally(end);
  // Not what next() resolves to, which is Hono's. A response of our own in its stead would be ignored, and the one that was
  // made within these calls kept for good: isLeft leads to it, and workerd never collects such a circle (docs/trust.md).
  if (await Promise.race([calls.isLeft, serving.then(() => false)])) {
    // An answer ends the request: workerd goes on for the store's operation alone, and for what comes of that.
    return new Response(null, { status: LEFT });
  }
  context.header('x-calls', String(calls.made));
  served.made++;
  collected.register(context, served);
  return undefined;
});
app.get('/load/under-way/:client', (context) => context.json(countUnderWay(context.req.param('client'))));
app.get('/load/isolate', (context) => {
  isolate ||= crypto.randomUUID();
  return context.json({ isolate, instances, served, rejections });
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
