// JavaScript Promise Integration (JSPI), which TypeScript's library does not know yet.
declare namespace WebAssembly {
  /** An import that suspends the wasm stack until the promise it returns has settled. */
  const Suspending: { new (method: (...args: any[]) => Promise<any>): any };
  /** An export that returns a promise, within which Suspending imports may suspend. */
  function promising(method: (...args: any[]) => any): (...args: any[]) => Promise<any>;
}
