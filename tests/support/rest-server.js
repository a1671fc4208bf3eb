/* Cloudflare's REST API for KV on a port of this machine, for programs in processes of their own. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { ACCOUNT_ID, API_TOKEN, startRestApi } from './rest-api.js';

/** @import { RestApi } from './rest-api.js' */

/**
 * @param {{ api: RestApi, close?: () => Promise<void> }} [rest] what answers; the API over Miniflare's namespaces when omitted
 * @returns {Promise<{ api: RestApi, options: { accountId: string, apiToken: string, baseUrl: string }, close: () => Promise<void> }>}
 */
export async function startRestServer(rest) {
  const { api, close } = rest ?? (await startRestApi());
  const server = createServer(async (request, response) => {
    const { method, headers } = request;
    const body = ['GET', 'HEAD'].includes(String(method)) ? undefined : await text(request);
    const url = String(api.options.baseUrl) + String(request.url).replace('/client/v4', '');
    const answer = await api.fetch(url, { method, headers: /** @type {any} */ (headers), body });
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(new Uint8Array(await answer.arrayBuffer()));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    api,
    options: { accountId: ACCOUNT_ID, apiToken: API_TOKEN, baseUrl: `http://127.0.0.1:${port}/client/v4` },
    async close() {
      server.closeAllConnections();
      server.close();
      await close?.();
    },
  };
}
