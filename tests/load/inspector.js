/* What an isolate holds, by the inspector that workerd opens for it. */

import { once } from 'node:events';

/** Nothing takes this long, unless there is no answer. */
const ANSWER_MS = 30_000;
const NUDGE_MS = 500;

/** The isolate's inspector, by the Chrome DevTools Protocol. */
export class Inspector {
  #socket;
  #nudge;
  #sent = 0;
  /** @type {Map<number, (answer: any) => void>} */
  #waiting = new Map();

  /** @param {WebSocket} socket @param {() => Promise<unknown>} nudge */
  constructor(socket, nudge) {
    this.#socket = socket;
    this.#nudge = nudge;
    socket.addEventListener('message', ({ data }) => {
      const answer = JSON.parse(data);
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
  }

  /**
   * @param {URL} url where isolates are told
   * @param {() => Promise<unknown>} nudge asks the Worker something
   */
  static async open(url, nudge) {
    const isolates = /** @type {{ webSocketDebuggerUrl: string }[]} */ (
      await (await fetch(new URL('/json', url))).json()
    );
    const [{ webSocketDebuggerUrl }] = isolates.filter((isolate) => isolate.webSocketDebuggerUrl.includes('core:user'));
    const socket = new WebSocket(webSocketDebuggerUrl);
    await once(socket, 'open');
    const inspector = new Inspector(socket, nudge);
    await inspector.#ask('HeapProfiler.enable');
    return inspector;
  }

  /** @param {string} method @returns {Promise<any>} */
  async #ask(method) {
    const id = ++this.#sent;
    const answered = new Promise((resolve) => this.#waiting.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method, params: {} }));
    const timeout = AbortSignal.timeout(ANSWER_MS);
    // An idle isolate does not look at what it is asked, and the nudge may come before the question.
    const nudge = () => void this.#nudge().catch(() => {});
    const nudging = setInterval(nudge, NUDGE_MS);
    nudge();
    const { result, error } = await Promise.race([
      answered,
      once(timeout, 'abort').then(() => ({ error: 'no answer' })),
    ]);
    clearInterval(nudging);
    if (error) throw new Error(`${method}: ${JSON.stringify(error)}`);
    return result;
  }

  /** What the isolate holds after a collection of garbage, linear memory included, in MiB. */
  async heldMiB() {
    await this.#ask('HeapProfiler.collectGarbage');
    const { usedSize, backingStorageSize } = await this.#ask('Runtime.getHeapUsage');
    return (usedSize + backingStorageSize) / 2 ** 20;
  }

  close() {
    this.#socket.close();
  }
}
