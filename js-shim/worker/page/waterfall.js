// The steps of one action, each where it lies in time.

import { h } from './dom.js';
import { hrefOf } from './route.js';
import { counted, size } from './words.js';

/** @typedef {import('../trace.js').Step} Step */

/** Steps that are drawn at once; a deletion can have thousands. */
const STEPS_SHOWN = 200;

/** @param {Step[]} steps */
export function waterfall(steps) {
  if (steps.length === 0) return h('p', { class: 'hint' }, 'No step of storage was needed.');
  const startMs = Math.min(...steps.map((step) => step.startMs));
  const endMs = Math.max(...steps.map((step) => step.endMs), startMs + 1);
  const scale = { startMs, durationMs: endMs - startMs };
  const list = h('ol', { class: 'waterfall' });
  const show = (/** @type {number} */ from) => {
    const to = from + STEPS_SHOWN;
    list.append(...grouped(steps.slice(from, to)).map((group) => groupItem(group, scale)));
    if (to >= steps.length) return;
    const more = h(
      'li',
      {},
      h(
        'button',
        { class: 'quiet', type: 'button', onclick: () => (more.remove(), show(to)) },
        `${counted(steps.length - to, 'more step')}`,
      ),
    );
    list.append(more);
  };
  show(0);
  return list;
}

/** Steps one after the other that are of one method of the store. @param {Step[]} steps */
function grouped(steps) {
  /** @type {{ method: string, steps: Step[] }[]} */
  const groups = [];
  for (const step of steps) {
    const last = groups.at(-1);
    if (last?.method === step.method) last.steps.push(step);
    else groups.push({ method: step.method, steps: [step] });
  }
  return groups;
}

/**
 * @param {{ method: string, steps: Step[] }} group
 * @param {{ startMs: number, durationMs: number }} scale
 */
function groupItem({ method, steps }, scale) {
  return h(
    'li',
    { class: 'method' },
    h('h3', {}, method || 'KV'),
    h(
      'ol',
      {},
      steps.map((step) => h('li', {}, stepItem(step, scale))),
    ),
  );
}

/**
 * @param {Step} step
 * @param {{ startMs: number, durationMs: number }} scale
 */
function stepItem(step, { startMs, durationMs }) {
  const { operation, keys, from, round, error } = step;
  const ms = step.endMs - step.startMs;
  const isCall = from === 'kv';
  const name = keys.length === 1 ? keys[0] : `${keys[0]} +${keys.length - 1}`;
  return h(
    'details',
    { class: `step ${operation} from-${from}${error ? ' has-failed' : ''}`, 'data-from': from },
    h(
      'summary',
      {},
      h('span', { class: 'round', title: isCall ? `round ${round}` : null }, isCall ? round : ''),
      h('span', { class: 'operation' }, operation),
      h('span', { class: 'key', title: keys[0] }, h('bdi', {}, name || '(all keys)')),
      h('span', { class: 'ms' }, isCall ? (error ? 'failed' : `${ms} ms`) : 'overlay'),
      isCall &&
        h(
          'span',
          { class: 'track', 'aria-hidden': 'true' },
          h('span', {
            class: 'bar',
            '--at': ((step.startMs - startMs) / durationMs) * 100,
            '--long': (ms / durationMs) * 100,
          }),
        ),
    ),
    detailsOf(step),
  );
}

/** @param {Step} step */
function detailsOf({ operation, namespace, keys, from, round, startMs, endMs, bytes, hits, misses, billed, error }) {
  const found = operation === 'list' ? counted(hits, 'key') : `${hits} found, ${misses} not there`;
  /** @type {[string, import('./dom.js').Child | import('./dom.js').Child[]][]} */
  const facts = [
    ['namespace', namespace],
    ['answered by', from === 'kv' ? `KV, in round ${round}` : 'the overlay, without a call'],
    ['time', `from ${startMs} to ${endMs} ms`],
    ['billed', billed ? counted(billed.count, billed.unit) : 'nothing'],
    ...(from === 'kv' && (operation === 'get' || operation === 'list')
      ? [/** @type {[string, string]} */ (['answer', found])]
      : []),
    ...(bytes > 0 ? [/** @type {[string, string]} */ (['values', size(bytes)])] : []),
    ...(error ? [/** @type {[string, string]} */ (['error', error])] : []),
    [
      operation === 'list' ? 'prefix' : keys.length === 1 ? 'key' : 'keys',
      keys.map((key) =>
        h('a', { href: hrefOf({ view: 'data', namespace, prefix: key, key: operation === 'list' ? null : key }) }, key),
      ),
    ],
  ];
  return h(
    'dl',
    { class: 'facts' },
    facts.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
  );
}
