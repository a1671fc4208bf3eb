// What `cloudflare:workers` gives this Worker: the namespaces of wrangler.toml, and its variables and secrets.

declare module 'cloudflare:workers' {
  export const waitUntil: (work: Promise<unknown>) => void;
  export const env: {
    THREADS_KV: import('../kv/namespace.js').KVNamespaceLike;
    MESSAGES_KV: import('../kv/namespace.js').KVNamespaceLike;
    ASSETS: { fetch(request: URL | Request): Promise<Response> };
    PAGE?: string;
    MODEL?: string;
    MODEL_API_KEY?: string;
    OBSERVATIONAL_MEMORY?: string;
  };
}
