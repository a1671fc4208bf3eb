/* One conversation under load: turn after turn, each a chain of requests, with all that a listing must show checked as it
 * goes and once more at its end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { textContent } from '../support/samples.js';
import { Client } from './client.js';
import { ExpectedThread } from './expected-thread.js';

/** @import { Random } from '../support/random.js' */
/** @import { Tally } from './client.js' */
/** @import { Expected, ListedMessage } from './expected-thread.js' */

/** Turns of a thread before the next one is begun. */
const TURNS_MAX = 30;
/** What is done late and nobody waits for may be seen, and does not undo anything: reads, and what only adds. */
const MAY_GO_AWAY = { mayGoAway: true };
const NEWEST = 20;
const PAGE = 100;

export class Conversation {
  #name;
  #random;
  #tally;
  #client;
  /** The one that is talked in, and one that messages are moved to. */
  #thread;
  #aside;
  /** Whether the thread is known to exist: the agent makes it when it answers. */
  #isBegun = false;
  #threads = 0;
  #turns = 0;
  #texts = 0;
  #lastMs = 0;

  /**
   * @param {string} url
   * @param {{ name: string, random: Random, tally: Tally, cancelled: number }} options
   */
  constructor(url, { name, random, tally, cancelled }) {
    this.#name = name;
    this.#random = random;
    this.#tally = tally;
    this.#client = new Client(url, { name, random, tally, cancelled });
    this.#thread = this.#newThread();
    this.#aside = this.#newThread();
  }

  #newThread() {
    return new ExpectedThread(`${this.#name}-${++this.#threads}`);
  }

  /** A text that was never said before, and is the beginning of no other. */
  #newText() {
    return `${this.#name} says ${++this.#texts}.`;
  }

  /** A message's time, after all those before. */
  #now() {
    this.#lastMs = Math.max(Date.now(), this.#lastMs + 1);
    return new Date(this.#lastMs).toISOString();
  }

  /** One turn: the thread is opened, something is said, the newest messages are listed, and now and then more. */
  async turn() {
    await this.#client.ask('open', 'GET', `/api/threads/${this.#thread.id}`, undefined, MAY_GO_AWAY);
    await this.#say();
    await this.#listNewest();
    const { chance } = this.#random;
    if (chance(0.3)) await this.#save();
    if (chance(0.5)) await this.#edit();
    if (chance(0.1)) await this.#delete();
    if (chance(0.1)) await this.#move();
    if (chance(0.1)) await this.#copy();
    if (++this.#turns >= TURNS_MAX) await this.#beginAnew();
  }

  /** What it holds in the end. */
  async end() {
    await this.#client.settle();
    await this.#listAll(this.#thread);
    await this.#listAll(this.#aside);
  }

  async #say() {
    const text = this.#newText();
    const isStreamed = this.#random.chance(0.2);
    const [kind, path] = isStreamed ? ['stream', '/api/chat/stream'] : ['chat', '/api/chat'];
    const said = { threadId: this.#thread.id, resourceId: this.#name, message: text };
    const { isCancelled } = await this.#client.ask(kind, 'POST', path, said, MAY_GO_AWAY);
    this.#isBegun ||= !isCancelled;
    this.#thread.add(!isCancelled, [
      { role: 'user', text },
      { role: 'assistant', text: `You said "${text}".` },
    ]);
  }

  /** Two messages at once, without the agent. */
  async #save() {
    const messages = ['user', 'assistant'].map((role) => ({ role, text: this.#newText() }));
    const saved = messages.map(({ role, text }) => ({
      id: text.replaceAll(' ', '-'),
      threadId: this.#thread.id,
      resourceId: this.#name,
      role,
      type: 'v2',
      createdAt: this.#now(),
      content: textContent(text),
    }));
    const { isCancelled } = await this.#call('save', 'saveMessages', [{ messages: saved }]);
    this.#thread.add(
      !isCancelled,
      messages.map((message, i) => ({ ...message, id: saved[i].id })),
    );
  }

  async #edit() {
    const message = this.#anyMessage();
    if (!message) return;
    const text = this.#newText();
    const changes = [{ id: message.id, content: textContent(text) }];
    const { isCancelled } = await this.#call('edit', 'updateMessages', [{ messages: changes }]);
    if (!isCancelled) message.texts.clear();
    message.texts.add(text);
  }

  async #delete() {
    const message = this.#anyMessage();
    if (!message) return;
    message.isLeaving = true;
    await this.#until('delete', 'deleteMessages', [[message.id]]);
    this.#thread.remove(message);
  }

  async #move() {
    const message = this.#anyMessage();
    if (!message) return;
    message.isLeaving = true;
    await this.#until('move', 'updateMessages', [{ messages: [{ id: message.id, threadId: this.#aside.id }] }]);
    this.#thread.remove(message);
    this.#aside.take(message);
    await this.#listAll(this.#aside);
    await this.#listAll(this.#thread);
  }

  /** A copy holds what the thread shows. It is left to be until it is deleted with all that was copied. */
  async #copy() {
    if (!this.#isBegun) return;
    const newThreadId = this.#newThread().id;
    const args = { sourceThreadId: this.#thread.id, newThreadId, resourceId: this.#name };
    await this.#client.settle();
    const { isCancelled } = await this.#call('copy', 'copyThread', [args]);
    if (!isCancelled) {
      const [original, copy] = [await this.#all(this.#thread.id), await this.#all(newThreadId)];
      const texts = (/** @type {ListedMessage[]} */ messages) => JSON.stringify(messages.map(({ content }) => content));
      if (texts(original) !== texts(copy)) {
        this.#tally.violate('wrong copy', `${newThreadId}: ${texts(copy)} and not ${texts(original)}`);
      }
    }
    await this.#deleteThread(newThreadId);
  }

  /** The thread is checked and deleted with the one beside it, and the conversation goes on in others. */
  async #beginAnew() {
    await this.#client.settle(); // what is saved into a deleted thread is seen
    for (const thread of [this.#thread, this.#aside]) {
      await this.#listAll(thread);
      await this.#deleteThread(thread.id);
    }
    this.#thread = this.#newThread();
    this.#aside = this.#newThread();
    this.#isBegun = false;
    this.#turns = 0;
  }

  /** @param {string} id */
  async #deleteThread(id) {
    await this.#until('delete thread', 'deleteThread', [{ threadId: id }]);
    const left = await this.#all(id);
    if (left.length > 0) this.#tally.violate('deleted is there', `${id} still has ${JSON.stringify(left)}`);
  }

  async #listNewest() {
    const path = `/api/threads/${this.#thread.id}/messages?order=desc&perPage=${NEWEST}`;
    const outcome = await this.#client.ask('list', 'GET', path, undefined, MAY_GO_AWAY);
    if (outcome.isCancelled || outcome.status === 404) return;
    this.#compare(this.#thread, outcome.json.messages.reverse(), !outcome.json.hasMore);
  }

  /** @param {ExpectedThread} thread */
  async #listAll(thread) {
    this.#compare(thread, await this.#all(thread.id), true);
  }

  /** All messages of a thread, page by page. @param {string} threadId @returns {Promise<ListedMessage[]>} */
  async #all(threadId) {
    const messages = [];
    for (let page = 0; ; page++) {
      const { json } = await this.#until('list all', 'listMessages', [{ threadId, perPage: PAGE, page }]);
      messages.push(...json.messages);
      if (!json.hasMore) return messages;
    }
  }

  /**
   * @param {ExpectedThread} thread
   * @param {ListedMessage[]} listed
   * @param {boolean} isWhole
   */
  #compare(thread, listed, isWhole) {
    for (const wrong of thread.compare(listed, isWhole)) this.#tally.violate('wrong listing', `${thread.id}: ${wrong}`);
  }

  /** @returns {Expected | undefined} a message that is there */
  #anyMessage() {
    const messages = this.#thread.certain();
    return messages.length > 0 ? this.#random.pick(messages) : undefined;
  }

  /**
   * @param {string} kind
   * @param {string} method
   * @param {unknown[]} args
   */
  #call(kind, method, args) {
    return this.#client.ask(kind, 'POST', `/load/${method}`, args);
  }

  /**
   * The same, made again when it was cancelled, as its caller would: until it is known to have been done.
   * @param {string} kind
   * @param {string} method
   * @param {unknown[]} args
   */
  async #until(kind, method, args) {
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#call(kind, method, args);
      if (!outcome.isCancelled) return outcome;
      if (attempt >= 20) throw new Error(`${kind} ${JSON.stringify(args)} was not done in ${attempt} attempts`);
      await sleep(attempt); // the one before may still be on its way
    }
  }
}
