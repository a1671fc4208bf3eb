/* When nothing has been written for long enough, every way to read must tell the same, and it must be what the model says. */
import { RESOURCE_IDS, readsOf, spread } from './arguments.js';
import { must } from './violation.js';

/** @import { Model } from './model.js' */
/** @import { Shim } from './isolate.js' */
/** @import { VirtualTime } from './virtual-time.js' */

/** How many are on a page, to see that pages join. */
const PAGE = 2;

const idsOf = (/** @type {{ id: string }[]} */ records) => records.map(({ id }) => id);
const show = (/** @type {unknown} */ value) => JSON.stringify(value);

/**
 * @param {unknown} found
 * @param {unknown} wanted
 * @param {string} what
 */
const equal = (found, wanted, what) =>
  must(show(found) === show(wanted), () => `in the end, ${what}: ${show(found)}, and by id ${show(wanted)}`);

/**
 * What failed halfway may be in one listing and not in another, until the same call is made again, or repair.
 * @param {{ store: any, shim: Shim }} observer sees everything as it is
 * @param {Model} model
 * @param {VirtualTime} time
 * @param {boolean} hasFailed whether a call has
 */
export async function judgeEnd({ store, shim }, model, time, hasFailed) {
  const isSound = !hasFailed && !model.hasStrays;
  if (isSound) await judgeAll(store, model, time);
  const { problems: found, unsettled } = await shim.repair(store);
  must(unsettled === 0, () => `in the end, repair calls ${unsettled} keys unsettled`);
  const { problems } = await shim.verify(store);
  must(problems.length === 0, () => `in the end, repair left ${show(problems)} of ${show(found)}`);
  if (!isSound || found.length > 0) await judgeAll(store, model, time);
}

/**
 * @param {any} store
 * @param {Model} model
 * @param {VirtualTime} time
 */
async function judgeAll(store, model, time) {
  const act = model.observe(time.now);
  const ask = async (/** @type {string} */ op, /** @type {any} */ args) => {
    const answer = await store[op](...spread(op, args));
    act.view.to = act.listView.to = time.now;
    try {
      model.end(act, op, args, answer);
    } catch (cause) {
      /** @type {Error} */ (cause).message = `in the end, ${op} ${show(args)}: ${/** @type {Error} */ (cause).message}`;
      throw cause;
    }
    return answer;
  };
  const isClear = (/** @type {any} */ { id }) => !model.isUnclear(id);
  const { messages } = await ask('listMessagesById', { messageIds: [...model.messages.keys()] });
  for (const threadId of model.threads.keys()) {
    const wanted = messages.filter((/** @type {any} */ message) => message.threadId === threadId);
    await judgeListing((args) => ask('listMessages', { threadId, ...args }), 'messages', wanted, `thread ${threadId}`);
    for (const resourceId of RESOURCE_IDS) {
      const of = wanted.filter((/** @type {any} */ message) => message.resourceId === resourceId);
      const found = await ask('listMessages', { threadId, resourceId, perPage: false });
      equal(
        idsOf(found.messages.filter(isClear)).sort(),
        idsOf(of.filter(isClear)).sort(),
        `messages of ${resourceId} in ${threadId}`,
      );
    }
  }
  for (const resourceId of RESOURCE_IDS) {
    if (!messages.every(isClear)) break;
    const wanted = messages.filter((/** @type {any} */ message) => message.resourceId === resourceId);
    const list = (/** @type {any} */ args) => ask('listMessagesByResourceId', { resourceId, ...args });
    await judgeListing(list, 'messages', wanted, `messages of ${resourceId}`);
  }
  await judgeThreads(ask, model);
  for (const { op, args } of readsOf(model.domains.all())) await ask(op, args);
}

/**
 * @param {(op: string, args: any) => Promise<any>} ask
 * @param {Model} model
 */
async function judgeThreads(ask, model) {
  const threads = [];
  for (const threadId of model.threads.keys()) {
    const thread = await ask('getThreadById', { threadId });
    if (thread) threads.push(thread);
  }
  await judgeListing((args) => ask('listThreads', args), 'threads', threads, 'all threads');
  for (const resourceId of RESOURCE_IDS) {
    const wanted = threads.filter((thread) => thread.resourceId === resourceId);
    const list = (/** @type {any} */ args) => ask('listThreads', { filter: { resourceId }, ...args });
    await judgeListing(list, 'threads', wanted, `threads of ${resourceId}`);
  }
}

/**
 * Everything on one page, in both directions, and page by page.
 * @param {(args: any) => Promise<any>} list
 * @param {'messages' | 'threads'} name
 * @param {any[]} wanted in any order
 * @param {string} what
 */
async function judgeListing(list, name, wanted, what) {
  const byId = (/** @type {any[]} */ records) => records.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const ascending = await list({ perPage: false, orderBy: { field: 'createdAt', direction: 'ASC' } });
  equal(byId(ascending[name]), byId(wanted), what);
  equal(ascending.total, wanted.length, `the total of ${what}`);
  const descending = { field: 'createdAt', direction: 'DESC' };
  const whole = await list({ perPage: false, orderBy: descending });
  equal(idsOf(whole[name]), idsOf(ascending[name]).reverse(), `${what}, newest first`);
  if (wanted.length <= PAGE) return;
  const isDescending = wanted.length % 2 === 0;
  const orderBy = isDescending ? descending : { field: 'createdAt', direction: 'ASC' };
  const pages = [];
  for (let page = 0; page * PAGE < wanted.length; page++) {
    pages.push(...(await list({ page, perPage: PAGE, orderBy }))[name]);
  }
  equal(idsOf(pages), idsOf((isDescending ? whole : ascending)[name]), `${what}, page by page`);
}
