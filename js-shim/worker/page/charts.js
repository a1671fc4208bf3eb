// Calls, rounds and cost of each turn, and what the same turn costs where every saved message scans all threads.

import { costOfScanning, dollarsAMillion } from './cost.js';
import { h, svg } from './dom.js';
import { count, money } from './words.js';

/** @typedef {import('./cost.js').Cost} Cost */

const WIDTH = 380;
const HEIGHT = 34;
/** Above and below the lines. */
const MARGIN = 5;
const SLOT_MAX = 24;
/** The least number at a chart's top; at its bottom is 1. */
const SCALE_MIN = 10;
/** Turns that are drawn, the newest. */
const TURNS_SHOWN = 60;
const THREADS = [100, 900, 10_000];

let threads = 900;

/**
 * @param {Cost[]} all
 * @param {() => void} onChange
 */
export function charts(all, onChange) {
  if (all.length === 0) {
    return h('p', { class: 'hint' }, 'Each answer adds a dot: KV calls, rounds and what they cost.');
  }
  const turns = all.slice(-TURNS_SHOWN);
  const scans = turns.map((turn) => costOfScanning(turn, threads));
  const first = all.length - turns.length + 1;
  return h(
    'div',
    {},
    h(
      'p',
      { class: 'chart-legend' },
      h('span', { class: 'chart-now' }, 'here'),
      h('span', { class: 'chart-model' }, 'scan'),
    ),
    chart({
      name: 'KV calls',
      id: 'calls',
      ours: turns.map(({ calls }) => calls),
      model: scans.map(({ calls }) => calls),
      text: count,
      first,
    }),
    chart({
      name: 'Rounds',
      id: 'rounds',
      ours: turns.map(({ rounds }) => rounds),
      model: null,
      text: count,
      first,
    }),
    chart({
      name: 'Cost of a million turns',
      id: 'cost',
      ours: turns.map(dollarsAMillion),
      model: scans.map(dollarsAMillion),
      text: money,
      first,
    }),
    h(
      'p',
      { class: 'model-note' },
      h(
        'label',
        { for: 'model-threads' },
        'Scan is a model, not measured: the same turn where every saved message looks through all',
      ),
      ' ',
      h(
        'select',
        {
          id: 'model-threads',
          onchange: (/** @type {Event} */ event) => {
            threads = Number(/** @type {HTMLSelectElement} */ (event.target).value);
            onChange();
            document.getElementById('model-threads')?.focus();
          },
        },
        THREADS.map((number) => h('option', { value: number, selected: number === threads }, count(number))),
      ),
      ' threads. Logarithmic scale.',
    ),
  );
}

/**
 * A dot for each turn, and a dashed line for the model far above. The scale is logarithmic: the two are hundreds of times
 * apart.
 * @param {{ name: string, id: string, ours: number[], model: number[] | null, text: (value: number) => string, first: number }} data
 */
function chart({ name, id, ours, model, text, first }) {
  const most = Math.log(Math.max(SCALE_MIN, ...ours, ...(model ?? [])));
  const y = (/** @type {number} */ value) =>
    HEIGHT - MARGIN - (Math.log(Math.max(value, 1)) / most) * (HEIGHT - 2 * MARGIN);
  const slot = Math.min(SLOT_MAX, (WIDTH - 2 * MARGIN) / Math.max(ours.length - 1, 1));
  const x = (/** @type {number} */ at) => MARGIN + at * slot;
  const line = (/** @type {number[]} */ values) => values.map((value, at) => `${x(at)},${y(value)}`).join(' ');
  const last = ours.length - 1;
  const dots = ours.map((value, at) =>
    svg(
      'circle',
      { class: at === last ? 'dot last' : 'dot', cx: x(at), cy: y(value), r: at === last ? 3.5 : 2.5 },
      svg(
        'title',
        {},
        `Turn ${first + at}: ${text(value)}${model ? `; scanning, by the model: ${text(model[at])}` : ''}`,
      ),
    ),
  );
  return h(
    'figure',
    { class: 'chart', 'data-chart': id },
    h(
      'figcaption',
      {},
      h('span', { class: 'chart-name' }, name),
      h('span', { class: 'chart-now' }, text(ours[last])),
      h('span', { class: 'chart-model' }, model ? text(model[last]) : '–'),
    ),
    svg(
      'svg',
      {
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        role: 'img',
        'aria-label': `${name}, turn by turn: ${ours.map(text).join(', ')}`,
      },
      svg('polyline', { class: 'ours', points: line(ours) }),
      model &&
        svg('polyline', {
          class: 'model',
          points: `${line(model)} ${x(last) + (last === 0 ? SLOT_MAX : 0)},${y(model[last])}`,
        }),
      dots,
    ),
  );
}
