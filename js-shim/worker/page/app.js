// The page of `make dev`: conversations, chat, what storage did for them, and what lies in KV.

import { setActionListener } from './api.js';
import { showChat, startChat } from './chat.js';
import { beginConversation, markOpenConversation, showConversations, startConversations } from './conversations.js';
import { showData, startData } from './data.js';
import { byId } from './dom.js';
import { showObservations } from './observations.js';
import { go, hrefOf, route, startRouting } from './route.js';
import { showAction, showTurns, startStorage } from './storage.js';

const THEMES = ['auto', 'light', 'dark'];
const root = document.documentElement;
let hasShown = false;

startConversations();
startChat();
startStorage();
startData();
setActionListener((action) => {
  showAction(action);
  if (action.turn?.threadId === route.thread) showObservations();
});
startRouting(show);
showTheme();

byId('theme').addEventListener('click', nextTheme);
byId('keys').addEventListener('click', showShortcuts);
addEventListener('keydown', onKey);

/** @param {import('./route.js').Route} before */
function show(before) {
  const isFirst = !hasShown;
  hasShown = true;
  root.dataset.view = route.view;
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll('.views a'))) {
    const view = /** @type {import('./route.js').View} */ (link.dataset.view);
    link.href = hrefOf({ view });
    if (view === route.view) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  if (isFirst || before.resource !== route.resource) showConversations();
  if (isFirst || before.resource !== route.resource || before.thread !== route.thread) {
    markOpenConversation();
    showChat();
    showTurns();
    showObservations();
  }
  if (route.view === 'data') showData(before);
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const isTyping = event.target instanceof Element && event.target.closest('input, textarea, select, dialog[open]');
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  const action = SHORTCUTS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

/** @type {Record<string, () => void>} */
const SHORTCUTS = {
  n: beginConversation,
  c: () => go({ view: 'chat' }),
  s: () => go({ view: 'storage' }),
  d: () => go({ view: 'data' }),
  t: nextTheme,
  '/': () => byId(route.view === 'data' ? 'search' : 'message').focus(),
  '?': showShortcuts,
};

function showShortcuts() {
  /** @type {HTMLDialogElement} */ (byId('shortcuts')).showModal();
}

function nextTheme() {
  const next = THEMES[(THEMES.indexOf(root.dataset.theme ?? 'auto') + 1) % THEMES.length];
  root.dataset.theme = next;
  localStorage.setItem('theme', next);
  showTheme();
}

function showTheme() {
  byId('theme').textContent = `Theme: ${root.dataset.theme}`;
}
