/* What workerd itself keeps, without any of our code: a response, and the value of the AsyncLocalStorage that it was made
 * in, where the value leads to the response. It is why worker.js breaks that circle. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { Miniflare } from 'miniflare';
import { Inspector } from './inspector.js';
import { httpOf } from './workerd.js';

const REQUESTS = 100;
/** What is not collected yet of the last ones. */
const LAST_MAX = 5;

const WORKER = `
  import { AsyncLocalStorage } from 'node:async_hooks';

  const requests = new AsyncLocalStorage();
  const census = { made: 0, collected: 0 };
  const collected = new FinalizationRegistry(() => void census.collected++);

  export default {
    fetch({ url }) {
      const { pathname } = new URL(url);
      if (pathname === '/census') return Response.json(census);
      const request = {};
      collected.register(request);
      census.made++;
      return requests.run(request, () => {
        const response = new Response();
        if (pathname === '/circle') request.response = response;
        return response;
      });
    },
  };
`;

/** @type {Miniflare} */
let miniflare;
before(() => {
  miniflare = new Miniflare({
    cf: false,
    compatibilityDate: '2026-07-01',
    compatibilityFlags: ['nodejs_compat'],
    modules: [{ type: 'ESModule', path: 'worker.js', contents: WORKER }],
    inspectorPort: 0,
  });
});
after(() => miniflare.dispose());

/** How many requests are still there when garbage was collected, of those made of a path. @param {string} path */
async function keptOf(path) {
  const url = await miniflare.ready;
  const census = async () => {
    const { made, collected } = /** @type {any} */ (await (await fetch(new URL('/census', url))).json());
    return made - collected;
  };
  const inspector = await Inspector.open(httpOf(await miniflare.getInspectorURL()), census);
  try {
    await inspector.heldMiB();
    const before = await census();
    for (let i = 0; i < REQUESTS; i++) await (await fetch(new URL(path, url))).text();
    await inspector.heldMiB();
    return (await census()) - before;
  } finally {
    inspector.close();
  }
}

it('workerd collects a request and the response that was made in its async context', async () => {
  assert.ok((await keptOf('/line')) <= LAST_MAX);
});

it('and never where the one leads to the other; if it does, there are two remarks to take out of docs', async () => {
  assert.ok((await keptOf('/circle')) >= REQUESTS - LAST_MAX);
});
