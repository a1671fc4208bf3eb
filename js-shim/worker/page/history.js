// The messages of a conversation: the newest at first, those before them when one scrolls up.

import { listMessages } from './api.js';
import { fill, h } from './dom.js';
import { errorBox } from './errors.js';
import { itemOf } from './messages.js';
import { counted } from './words.js';

/** @typedef {import('./messages.js').Message} Message */

const PER_PAGE = 50;
/** Older messages are asked for a little before one gets there. */
const NEAR_TOP_PX = 600;
/** Within how many pixels of the end one is taken to read along. */
const NEAR_END_PX = 80;

const top = h('div', { class: 'history-top' });
/** Lists of up to PER_PAGE messages: what is out of sight is skipped list by list. */
const log = h('div', { class: 'messages' });
const end = h('div', { class: 'history-end' });

export const history = h(
  'div',
  { class: 'history', tabindex: '0', role: 'region', 'aria-label': 'Messages' },
  top,
  log,
  end,
);
/** How many messages the conversation has. */
export const total = h('p', { class: 'thread-total' });

/**
 * The conversation that is shown. Another one is another object, by which late answers are told.
 * @typedef {{ thread: string | null, loaded: Set<string>, added: number, total: number, hasMore: boolean, isLoading: boolean }} Shown
 */
/** @type {Shown} */
let shown = begin(null);
/** Where one has scrolled to. */
let place = { top: 0, isEnd: true };

/** @param {string | null} thread @returns {Shown} */
function begin(thread) {
  return { thread, loaded: new Set(), added: 0, total: 0, hasMore: false, isLoading: false };
}

export function startHistory() {
  history.addEventListener('scroll', () => {
    if (history.clientHeight === 0) return; // hidden
    place = { top: history.scrollTop, isEnd: isNearEnd() };
    if (isNearTop()) loadOlder();
  });
  // A pane that was hidden, or has another size, has lost its place.
  new ResizeObserver(() => {
    if (place.isEnd) scrollToEnd();
    else if (history.scrollTop === 0) history.scrollTop = place.top;
  }).observe(history);
}

/** The thread that is shown; null is one that has not begun. */
export const shownThread = () => shown.thread;

/** A function that tells whether the same conversation is still shown. */
export function sameConversation() {
  const current = shown;
  return () => shown === current;
}

/** Show an empty conversation. @param {string | null} thread @param {HTMLElement | null} [welcome] */
export function showEmpty(thread, welcome = null) {
  shown = begin(thread);
  total.textContent = '';
  fill(top);
  fill(log);
  fill(end, welcome);
}

/** Show a conversation, from its end. @param {string} thread */
export async function showHistory(thread) {
  showEmpty(thread);
  shown.hasMore = true;
  await loadOlder();
}

/** Two messages more than the API has told of. */
export function noteTurn() {
  shown.added += 2;
  showTotal();
}

/** Put items behind all there are, and go there. @param {...HTMLElement} items */
export function append(...items) {
  const last = log.lastElementChild;
  if (last && last.childElementCount < PER_PAGE) last.append(...items);
  else log.append(h('ol', {}, items));
  scrollToEnd();
}

/** Make something longer; who has read along goes on doing so. @param {() => void} change */
export function grow(change) {
  const isEnd = isNearEnd();
  change();
  if (isEnd) scrollToEnd();
}

/** The page of messages that ends where the loaded ones begin. */
async function loadOlder() {
  const current = shown;
  if (current.isLoading || !current.hasMore || current.thread === null) return;
  current.isLoading = true;
  fill(top, h('p', { class: 'hint' }, 'Loading …'));
  try {
    // Pages are counted from the newest message: a page that begins among the loaded ones holds some of them again.
    const page = Math.floor((current.loaded.size + current.added) / PER_PAGE);
    const answer = await listMessages(current.thread, page, PER_PAGE);
    if (shown !== current) return;
    prepend(answer.messages.filter((/** @type {Message} */ { id }) => !current.loaded.has(id)).reverse());
    current.hasMore = answer.hasMore;
    current.total = answer.total - current.added;
    showTotal();
    fill(top, !answer.hasMore && h('p', { class: 'hint' }, 'The conversation begins here.'));
  } catch (error) {
    if (shown === current) showFailure(error);
  } finally {
    current.isLoading = false;
  }
  // A page may be shorter than the window.
  if (shown === current && isNearTop()) await loadOlder();
}

/** Nothing more is asked for until one says so. @param {unknown} error */
function showFailure(error) {
  const current = shown;
  current.hasMore = false;
  const retry = () => {
    current.hasMore = true;
    loadOlder();
  };
  fill(top, errorBox(error, retry));
}

/** Put messages in front, and keep what one looks at where it is. @param {Message[]} messages the oldest first */
function prepend(messages) {
  const anchor = log.firstElementChild;
  const before = anchor?.getBoundingClientRect().top ?? 0;
  for (const { id } of messages) shown.loaded.add(id);
  log.prepend(h('ol', {}, messages.map(itemOf)));
  if (anchor) history.scrollTop += anchor.getBoundingClientRect().top - before;
  else scrollToEnd();
}

function showTotal() {
  total.textContent = counted(shown.total + shown.added, 'message');
}

const isNearTop = () => history.clientHeight > 0 && history.scrollTop < NEAR_TOP_PX;
const isNearEnd = () => history.scrollHeight - history.scrollTop - history.clientHeight < NEAR_END_PX;

function scrollToEnd() {
  history.scrollTop = history.scrollHeight;
}
