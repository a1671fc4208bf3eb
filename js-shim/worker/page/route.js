// Where the page is: `#/chat/{resource}/{thread}`, `#/data/{namespace}/{prefix}/{key}`. A reload comes back to it.

/** @typedef {'conversations' | 'chat' | 'storage' | 'data'} View */
/** @typedef {{ view: View, resource: string, thread: string | null, namespace: string, prefix: string, key: string | null }} Route */

const VIEWS = ['conversations', 'chat', 'storage', 'data'];

/** @type {Route} */
export const route = { view: 'chat', resource: 'ada', thread: null, namespace: 'THREADS_KV', prefix: '', key: null };

/** @type {(before: Route) => void} */
let onChange = () => {};

/** @param {(before: Route) => void} listener */
export function startRouting(listener) {
  onChange = listener;
  route.resource = localStorage.getItem('resource') ?? route.resource;
  addEventListener('hashchange', read);
  read();
}

/** The address of a place. @param {Partial<Route>} changes */
export function hrefOf(changes) {
  const { view, resource, thread, namespace, prefix, key } = { ...route, ...changes };
  const parts = view === 'data' ? [namespace, prefix, key] : [resource, thread];
  while (parts.length > 0 && !parts.at(-1)) parts.pop();
  return `#/${[view, ...parts.map((part) => encodeURIComponent(part ?? ''))].join('/')}`;
}

/** Go there. @param {Partial<Route>} changes */
export function go(changes) {
  const href = hrefOf(changes);
  if (href !== location.hash) location.hash = href;
  else read();
}

function read() {
  const before = { ...route };
  const [view, ...parts] = location.hash.slice(2).split('/').map(decode);
  route.view = /** @type {View} */ (VIEWS.includes(view) ? view : 'chat');
  if (route.view === 'data') {
    const [namespace, prefix, key] = parts;
    Object.assign(route, { namespace: namespace || 'THREADS_KV', prefix: prefix ?? '', key: key || null });
  } else if (parts[0]) {
    Object.assign(route, { resource: parts[0], thread: parts[1] || null });
    localStorage.setItem('resource', route.resource);
  }
  onChange(before);
}

/** @param {string} part */
function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
