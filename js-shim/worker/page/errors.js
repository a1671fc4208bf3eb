import { h } from './dom.js';

/**
 * An error where it happened, with a way to try again.
 * @param {unknown} error
 * @param {(() => void) | null} [retry]
 * @param {string} [label]
 */
export function errorBox(error, retry = null, label = 'Try again') {
  const { code = 'PAGE_FAILED', message = String(error) } = /** @type {{ code?: string, message?: string }} */ (error);
  return h(
    'div',
    { class: 'error', role: 'alert' },
    h('p', { class: 'error-code' }, code),
    h('p', {}, message),
    retry && h('button', { class: 'quiet', type: 'button', onclick: retry }, label),
  );
}
