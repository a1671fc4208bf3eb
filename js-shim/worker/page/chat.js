// Middle: a conversation. The newest messages come first; those before them when one scrolls up.

import { chat, listMessages } from './api.js';
import { touchConversation } from './conversations.js';
import { byId, fill, h } from './dom.js';
import { errorBox } from './errors.js';
import { go, route } from './route.js';
import { count, fullTime, timeOf } from './words.js';

/** @typedef {{ id: string, role: string, content: any, createdAt: string }} Message */

const PER_PAGE = 50;
/** Within how many pixels of the end one is taken to read along. */
const NEAR_END_PX = 80;
const NEAR_TOP_PX = 600;
const STARTERS = ['I live in Riga and I like black tea.', 'What do you remember of me?', 'Hello!'];

const pane = byId('chat');
const title = h('h2', { class: 'thread-title' });
const total = h('p', { class: 'thread-total' });
const top = h('div', { class: 'history-top' });
/** Lists of up to PER_PAGE messages: what is out of sight is skipped list by list. */
const log = h('div', { class: 'messages' });
const end = h('div', { class: 'history-end' });
const scroller = h('div', { class: 'history', tabindex: '0', role: 'region', 'aria-label': 'Messages' }, top, log, end);
const field = h('textarea', {
  id: 'message',
  name: 'message',
  rows: '1',
  placeholder: 'Say something to remember',
  'aria-label': 'Message',
  onkeydown: (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    composer.requestSubmit();
  },
});
const submit = h('button', { class: 'primary', type: 'submit' }, 'Send');
const composer = h(
  'form',
  {
    class: 'composer',
    onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      const text = field.value.trim();
      if (text === '' || isAnswering) return;
      field.value = '';
      say(text);
    },
  },
  field,
  submit,
);

/** The conversation that is shown; another value drops answers for the one before. */
let shown = { thread: /** @type {string | null} */ (null) };
/** Ids of the messages that were loaded. @type {Set<string>} */
let loaded = new Set();
/** How many messages came since. */
let added = 0;
let hasMore = false;
let isLoading = false;
let isAnswering = false;
/** Where one has scrolled to. */
let place = { top: 0, isEnd: true };

export function startChat() {
  fill(pane, h('header', { class: 'thread-head' }, title, total), scroller, composer);
  scroller.addEventListener('scroll', () => {
    if (scroller.clientHeight === 0) return; // hidden
    place = { top: scroller.scrollTop, isEnd: isNearEnd() };
    if (isNearTop()) loadOlder();
  });
  // A pane that was hidden, or has another size, has lost its place.
  new ResizeObserver(() => {
    if (place.isEnd) scrollToEnd();
    else if (scroller.scrollTop === 0) scroller.scrollTop = place.top;
  }).observe(scroller);
}

/** Show the route's conversation, or an empty one. */
export async function showChat() {
  if (isAnswering && shown.thread === route.thread) return;
  const { thread } = (shown = { thread: route.thread });
  loaded = new Set();
  added = 0;
  hasMore = thread !== null;
  isLoading = false;
  title.textContent = thread ?? 'New conversation';
  total.textContent = '';
  fill(log);
  fill(top);
  fill(end, thread === null && welcome());
  if (thread !== null) await loadOlder();
}

function welcome() {
  return h(
    'div',
    { class: 'welcome' },
    h('p', { class: 'welcome-title' }, 'An agent whose memory is kept in Workers KV'),
    h(
      'p',
      {},
      'Say something. The answer tells what memory brought back, and the right side shows every KV call it took.',
    ),
    h(
      'div',
      { class: 'starters' },
      STARTERS.map((text) => h('button', { class: 'quiet', type: 'button', onclick: () => say(text) }, text)),
    ),
  );
}

/** The page of messages that ends where the loaded ones begin. */
async function loadOlder() {
  const current = shown;
  if (isLoading || !hasMore || current.thread === null) return;
  isLoading = true;
  fill(top, h('p', { class: 'hint' }, 'Loading …'));
  try {
    // Pages are counted from the newest message: a page that begins among the loaded ones holds some of them again.
    const page = Math.floor((loaded.size + added) / PER_PAGE);
    const answer = await listMessages(current.thread, page, PER_PAGE);
    if (shown !== current) return;
    const isFirst = loaded.size === 0;
    prepend(answer.messages.filter((/** @type {Message} */ { id }) => !loaded.has(id)).reverse());
    hasMore = answer.hasMore;
    total.textContent = `${count(answer.total)} messages`;
    fill(top, !hasMore && h('p', { class: 'hint' }, 'The conversation begins here.'));
    if (isFirst) scrollToEnd();
  } catch (error) {
    if (shown !== current) return;
    hasMore = false; // until one asks for it
    fill(
      top,
      errorBox(error, () => {
        hasMore = true;
        loadOlder();
      }),
    );
  } finally {
    if (shown === current) isLoading = false;
  }
  // A page may be shorter than the window.
  if (shown === current && hasMore && isNearTop()) await loadOlder();
}

/** Put messages in front, and keep what one looks at where it is. @param {Message[]} messages the oldest first */
function prepend(messages) {
  const anchor = /** @type {HTMLElement | null} */ (log.firstElementChild);
  const before = anchor?.getBoundingClientRect().top ?? 0;
  for (const { id } of messages) loaded.add(id);
  const items = messages.map((message) => messageItem(message.role, textOf(message), new Date(message.createdAt)));
  log.prepend(h('ol', {}, items));
  if (anchor) scroller.scrollTop += anchor.getBoundingClientRect().top - before;
}

/** Put items behind all there are. @param {...HTMLElement} items */
function append(...items) {
  const last = log.lastElementChild;
  if (last && last.childElementCount < PER_PAGE) last.append(...items);
  else log.append(h('ol', {}, items));
}

/** @param {string} text */
async function say(text) {
  const thread = route.thread ?? nameFor(text);
  if (route.thread === null) {
    shown = { thread };
    added = 0;
    hasMore = false;
    fill(end);
    title.textContent = thread;
    isAnswering = true; // before the route changes: this conversation is not to be loaded
    go({ view: route.view, thread });
  }
  isAnswering = true;
  submit.disabled = true;
  const current = shown;
  const question = messageItem('user', text, new Date());
  const answer = messageItem('assistant', '', new Date());
  answer.classList.add('is-coming');
  append(question, answer);
  scrollToEnd();
  try {
    const body = /** @type {HTMLElement} */ (answer.querySelector('.text'));
    for await (const part of chat({ threadId: thread, resourceId: route.resource, message: text })) {
      const isAtEnd = isNearEnd();
      body.append(part);
      if (isAtEnd) scrollToEnd();
    }
    touchConversation(thread);
    if (shown === current) noteAdded(2);
  } catch (error) {
    if (answer.querySelector('.text')?.textContent === '') answer.remove();
    const box = errorBox(error, () => {
      failure.remove();
      question.remove();
      answer.remove();
      say(text);
    });
    const failure = h('li', { class: 'failed' }, box);
    append(failure);
    if (shown === current) scrollToEnd();
  } finally {
    answer.classList.remove('is-coming');
    isAnswering = false;
    submit.disabled = false;
  }
}

/** @param {number} messages */
function noteAdded(messages) {
  added += messages;
  const known = Number(total.textContent?.replace(/\D/g, '') || 0);
  total.textContent = `${count(known + messages)} messages`;
}

/** @param {string} role @param {string} text @param {Date} time */
function messageItem(role, text, time) {
  return h(
    'li',
    { class: `message ${role}` },
    h(
      'p',
      { class: 'by' },
      h('span', {}, role === 'user' ? 'You' : role === 'assistant' ? 'Agent' : role),
      h('time', { datetime: time.toISOString(), title: fullTime(time) }, timeOf(time)),
    ),
    h('div', { class: 'text' }, text),
  );
}

/** What a message says; what else is in it, by its kind. @param {Message} message */
function textOf({ content }) {
  if (typeof content === 'string') return content;
  const parts = Array.isArray(content?.parts) ? content.parts : [];
  const texts = parts
    .filter((/** @type {any} */ { type }) => type !== 'step-start')
    .map((/** @type {any} */ { type, text }) => (type === 'text' ? text : `[${type}]`));
  return texts.join('') || (content?.content ?? '');
}

/** A thread's id that says what it began with, and that no other has. @param {string} text */
function nameFor(text) {
  const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? ['chat'];
  const random = crypto.getRandomValues(new Uint32Array(1))[0].toString(36).slice(0, 5);
  return `${words.slice(0, 4).join('-').slice(0, 32)}-${random}`;
}

/** Older messages are asked for a little before one gets there. */
const isNearTop = () => scroller.clientHeight > 0 && scroller.scrollTop < NEAR_TOP_PX;
const isNearEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END_PX;

function scrollToEnd() {
  scroller.scrollTop = scroller.scrollHeight;
}
