// Right, below what storage did: what observational memory holds of the conversation.

import { observationsOf } from './api.js';
import { fill, h } from './dom.js';
import { errorBox } from './errors.js';
import { route } from './route.js';
import { count, fullTime, timeAgo } from './words.js';

/**
 * As the API has it.
 * @typedef {object} State
 * @property {number} generation
 * @property {string | null} lastObservedAt
 * @property {string | null} lastReflectedAt
 * @property {number} observations
 * @property {number} bufferedChunks
 * @property {{ observations: number, observed: number, pending: number }} tokens
 * @property {Record<'isObserving' | 'isReflecting' | 'isBufferingObservation' | 'isBufferingReflection', boolean>} flags
 * @property {string} text
 */

// What stands in the section stays in it while it is refreshed, and so does the keyboard's focus.
const note = h('div');
const numbers = h('dl', { class: 'memory-numbers' });
const text = h('div', { class: 'memory-text', tabindex: '0', role: 'group', 'aria-label': 'Active observations' });
const observed = h('details', {}, h('summary', {}, 'Active observations'), text);

export const observationsSection = h(
  'section',
  { class: 'memory', 'aria-labelledby': 'memory-title' },
  h('h2', { id: 'memory-title' }, 'Observational memory'),
  note,
  numbers,
  observed,
);

/** What flags say while they are set. @type {Record<keyof State['flags'], string>} */
const UNDER_WAY = {
  isObserving: 'observing',
  isReflecting: 'reflecting',
  isBufferingObservation: 'buffering observations',
  isBufferingReflection: 'buffering a reflection',
};

/** The conversation that is shown, and which question about it was the last one: earlier answers are dropped. */
let shown = '';
let asked = 0;

/** Ask for the route's conversation, and show it. */
export async function showObservations() {
  const { thread, resource } = route;
  const question = ++asked;
  const conversation = JSON.stringify([resource, thread]);
  if (conversation !== shown) showNote(hint(thread === null ? 'The conversation has not begun.' : 'Loading …'));
  shown = conversation;
  if (thread === null) return;
  try {
    const answer = await observationsOf(thread, resource);
    if (question === asked) showAnswer(answer);
  } catch (error) {
    if (question === asked) showNote(errorBox(error, showObservations));
  }
}

/** @param {{ isOn: boolean, observedAfterTokens: number, state: State | null }} answer */
function showAnswer({ isOn, observedAfterTokens, state }) {
  if (!isOn) showNote(hint('Off. The variable ', h('code', {}, 'OBSERVATIONAL_MEMORY'), ' switches it on.'));
  else if (!state) showNote(hint(`On, and nothing yet: it observes after ${count(observedAfterTokens)} tokens.`));
  else showState(state, observedAfterTokens);
}

/** Something in the place of numbers. @param {HTMLElement} element */
function showNote(element) {
  fill(note, element);
  numbers.hidden = observed.hidden = true;
}

/** @param {State} state @param {number} observedAfterTokens */
function showState(state, observedAfterTokens) {
  const { generation, observations, bufferedChunks, tokens, flags } = state;
  const underWay = Object.entries(UNDER_WAY).filter(([flag]) => flags[/** @type {keyof typeof flags} */ (flag)]);
  /** @type {[string, import('./dom.js').Child][]} */
  const all = [
    ['generation', count(generation)],
    ['under way', underWay.map(([, words]) => words).join(', ') || 'nothing'],
    ['last observed', timeItem(state.lastObservedAt)],
    ['last reflected', timeItem(state.lastReflectedAt)],
    ['observations', count(observations)],
    ['their tokens', count(tokens.observations)],
    ['buffered chunks', count(bufferedChunks)],
    ['tokens observed', count(tokens.observed)],
    ['tokens pending', `${count(tokens.pending)} of ${count(observedAfterTokens)}`],
  ];
  fill(note, state.lastObservedAt === null && hint('Nothing is observed yet.'));
  fill(
    numbers,
    all.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
  );
  text.textContent = state.text;
  numbers.hidden = false;
  observed.hidden = state.text === '';
}

/** @param {string | null} value */
function timeItem(value) {
  if (value === null) return 'never';
  const time = new Date(value);
  return h('time', { datetime: time.toISOString(), title: fullTime(time) }, timeAgo(time));
}

/** @param {...import('./dom.js').Child} words */
const hint = (...words) => h('p', { class: 'hint' }, words);
