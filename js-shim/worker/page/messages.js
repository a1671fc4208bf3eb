// One message, as the chat shows it.

import { h } from './dom.js';
import { fullTime, timeOf } from './words.js';

/** As the API has it. @typedef {{ id: string, role: string, content: any, createdAt: string }} Message */

/** @type {Record<string, string>} */
const NAMES = { user: 'You', assistant: 'Agent' };

/** @param {string} role @param {string} text @param {Date} time */
export function messageItem(role, text, time) {
  return h(
    'li',
    { class: `message ${role}` },
    h(
      'p',
      { class: 'by' },
      h('span', {}, NAMES[role] ?? role),
      h('time', { datetime: time.toISOString(), title: fullTime(time) }, timeOf(time)),
    ),
    h('div', { class: 'text' }, text),
  );
}

/** @param {Message} message */
export const itemOf = (message) => messageItem(message.role, textOf(message), new Date(message.createdAt));

/** What a message says; what else is in it, by its kind. @param {Message} message */
function textOf({ content }) {
  if (typeof content === 'string') return content;
  const parts = Array.isArray(content?.parts) ? content.parts : [];
  const texts = parts
    .filter((/** @type {any} */ { type }) => type !== 'step-start')
    .map((/** @type {any} */ { type, text }) => (type === 'text' ? text : `[${type}]`));
  return texts.join('') || (content?.content ?? '');
}
