/**
 * One call for all who ask for it in one turn of the event loop. They belong to one request, so that a Worker never has
 * a request wait for another's promise; what is to be remembered for longer is for `call` to remember.
 * @template T
 * @param {() => Promise<T>} call
 * @returns {() => Promise<T>}
 */
export function oncePerTurn(call) {
  /** @type {Promise<T> | undefined} */
  let made;
  return () => {
    if (!made) {
      made = call();
      queueMicrotask(() => {
        made = undefined;
      });
    }
    return made;
  };
}
