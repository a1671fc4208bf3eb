// Middle: a conversation, and where one goes on with it.

import { chat } from './api.js';
import { touchConversation } from './conversations.js';
import { byId, fill, h } from './dom.js';
import { errorBox } from './errors.js';
import {
  append,
  grow,
  history,
  noteTurn,
  sameConversation,
  showEmpty,
  showHistory,
  shownThread,
  startHistory,
  total,
} from './history.js';
import { messageItem } from './messages.js';
import { go, route } from './route.js';

const STARTERS = ['I live in Riga and I like black tea.', 'What do you remember of me?', 'Hello!'];

const title = h('h2', { class: 'thread-title' });
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
const composer = h('form', { class: 'composer', onsubmit: onSubmit }, field, submit);

let isAnswering = false;

export function startChat() {
  fill(byId('chat'), h('header', { class: 'thread-head' }, title, total), history, composer);
  startHistory();
}

/** Show the route's conversation, or an empty one. */
export async function showChat() {
  const { thread } = route;
  title.textContent = thread ?? 'New conversation';
  if (thread === null) showEmpty(null, welcome());
  else if (thread !== shownThread()) await showHistory(thread);
}

function welcome() {
  const [heading, text] = [
    'An agent whose memory is kept in Workers KV',
    'Say something. The answer tells what memory brought back, and every KV call that it took is shown beside it.',
  ];
  return h(
    'div',
    { class: 'welcome' },
    h('p', { class: 'welcome-title' }, heading),
    h('p', {}, text),
    h(
      'div',
      { class: 'starters' },
      STARTERS.map((starter) => h('button', { class: 'quiet', type: 'button', onclick: () => say(starter) }, starter)),
    ),
  );
}

/** @param {Event} event */
function onSubmit(event) {
  event.preventDefault();
  const text = field.value.trim();
  if (text === '' || isAnswering) return;
  field.value = '';
  say(text);
}

/** @param {string} text */
async function say(text) {
  if (isAnswering) return;
  isAnswering = submit.disabled = true;
  const thread = route.thread ?? beginThread(text);
  const isShown = sameConversation();
  const question = messageItem('user', text, new Date());
  const answer = messageItem('assistant', '', new Date());
  answer.classList.add('is-coming');
  append(question, answer);
  try {
    const body = /** @type {HTMLElement} */ (answer.querySelector('.text'));
    for await (const part of chat({ threadId: thread, resourceId: route.resource, message: text })) {
      grow(() => body.append(part));
    }
    touchConversation(thread);
    if (isShown()) noteTurn();
  } catch (error) {
    if (isShown()) showFailure(error, text, question, answer);
  } finally {
    answer.classList.remove('is-coming');
    isAnswering = submit.disabled = false;
  }
}

/** What failed is said again in the place of what failed. @param {unknown} error @param {string} text @param {HTMLElement} question @param {HTMLElement} answer */
function showFailure(error, text, question, answer) {
  if (answer.querySelector('.text')?.textContent === '') answer.remove();
  const retry = () => {
    for (const item of [question, answer, failure]) item.remove();
    say(text);
  };
  const failure = h('li', { class: 'failed' }, errorBox(error, retry));
  append(failure);
}

/** A new thread, which is shown before it is there. Its id says what it began with. @param {string} text */
function beginThread(text) {
  const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? ['chat'];
  const random = crypto.getRandomValues(new Uint32Array(1))[0].toString(36).slice(0, 5);
  const thread = `${words.slice(0, 4).join('-').slice(0, 32)}-${random}`;
  showEmpty(thread);
  go({ view: route.view, thread });
  return thread;
}
