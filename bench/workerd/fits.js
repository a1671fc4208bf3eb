/* The Worker that bench/fits.js runs large operations in, over Miniflare's KV. */
import { KVStore } from '../../js-shim/kv-store.js';
import { linearBytesOf } from '../at-once.js';
import { FITS } from '../fit-cases.js';

export default {
  /**
   * @param {Request} request
   * @param {Record<string, any>} env
   */
  async fetch(request, { THREADS_KV: threads, MESSAGES_KV: messages }) {
    const { title, step } = /** @type {{ title: string, step: 'prepare' | 'run' }} */ (await request.json());
    const work = FITS.find((fit) => fit.title === title)?.[step];
    let things = 0;
    const { bytes } = await linearBytesOf(async () => {
      things = Number(await work?.(new KVStore({ bindings: { threads, messages }, overlay: false })));
    });
    return Response.json({ things, bytes });
  },
};
