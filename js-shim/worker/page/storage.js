// Right: what storage just did, and what the turns of this conversation have cost.

import { stepsOf } from './api.js';
import { charts } from './charts.js';
import { costOf } from './cost.js';
import { byId, fill, h } from './dom.js';
import { errorBox } from './errors.js';
import { observationsSection } from './observations.js';
import { route } from './route.js';
import { addTurn, turnsOf } from './turns.js';
import { waterfall } from './waterfall.js';
import { count, fullTime } from './words.js';

const pane = byId('storage');
const action = h('p', { class: 'action' }, 'Nothing yet.');
const figures = h('dl', { class: 'figures' });
const steps = h('div', { class: 'steps' });
const turns = h('div', { class: 'turns' });

/** The action that is shown, by its request's name. */
let shown = '';

export function startStorage() {
  fill(
    pane,
    h(
      'section',
      { class: 'last-action', 'aria-labelledby': 'last-action-title' },
      h('h2', { id: 'last-action-title' }, 'What storage just did'),
      action,
      figures,
      steps,
    ),
    h(
      'section',
      { class: 'over-turns', 'aria-labelledby': 'turns-title' },
      h('h2', { id: 'turns-title' }, 'Turn by turn'),
      turns,
    ),
    observationsSection,
  );
  showFigures(costOf([], 0));
  showTurns();
}

/**
 * Show what storage did for a request that has ended.
 * @param {{ label: string, name: string, turn?: import('./api.js').Turn }} ended
 */
export async function showAction({ label, name, turn }) {
  shown = name;
  const time = new Date();
  try {
    const trace = await stepsOf(name);
    const cost = costOf(trace.steps, trace.rounds);
    if (turn && cost.saved > 0) addTurn(turn.threadId, cost);
    if (shown !== name) return;
    fill(action, label, ' ', h('time', { datetime: time.toISOString() }, fullTime(time)));
    showFigures(cost);
    fill(
      steps,
      waterfall(trace.steps),
      trace.omitted > 0 && h('p', { class: 'hint' }, `… and ${count(trace.omitted)} more steps.`),
    );
  } catch (error) {
    if (shown === name) fill(steps, errorBox(error));
  }
  showTurns();
}

export function showTurns() {
  fill(turns, charts(turnsOf(route.thread), showTurns));
}

/** @param {import('./cost.js').Cost} cost */
function showFigures({ calls, rounds, overlay, ms }) {
  /** @type {[string, string, string][]} */
  const all = [
    [count(calls), 'KV calls', 'calls'],
    [count(rounds), rounds === 1 ? 'round' : 'rounds', 'rounds'],
    [count(overlay), 'from overlay', 'overlay'],
    [count(ms), 'ms waiting', 'ms'],
  ];
  fill(
    figures,
    all.map(([value, name, id]) => h('div', { 'data-figure': id }, h('dt', {}, name), h('dd', {}, value))),
  );
}
