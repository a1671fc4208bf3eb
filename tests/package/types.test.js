/* TypeScript as users have it: strict, declarations checked too, in both kinds of module resolution. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { makeProject, runTool } from '../support/consumer.js';

/** What compiles. Its types are said again, so that `any` would not do. */
const RIGHT = `
import { CloudflareStore, type CloudflareStoreConfig } from 'mastra-kv-wasm';
import { KVStore, StoreError, type KVStoreOptions } from 'mastra-kv-wasm/kv-store';

interface KVNamespace {
  get(key: string, type: 'text'): Promise<string | null>;
  get(key: string[], type: 'text'): Promise<Map<string, string | null>>;
  put(key: string, value: string, options?: { expiration?: number; metadata?: any }): Promise<void>;
  delete(key: string): Promise<void>;
  list(options?: { prefix?: string | null; limit?: number; cursor?: string | null }): Promise<
    | { list_complete: false; keys: { name: string; expiration?: number; metadata?: unknown }[]; cursor: string }
    | { list_complete: true; keys: { name: string; expiration?: number; metadata?: unknown }[] }
  >;
}
declare const env: { THREADS_KV: KVNamespace; MESSAGES_KV: KVNamespace };
type IsAny<T> = 0 extends 1 & T ? true : false;
const isExact = <T>(_: IsAny<T> extends true ? never : T) => {};

const options: KVStoreOptions = { bindings: { threads: env.THREADS_KV, messages: env.MESSAGES_KV } };
const config: CloudflareStoreConfig = { id: 's', bindings: { mastra_threads: env.THREADS_KV, messages: env.MESSAGES_KV } };
const store = new KVStore(options);
const thread = await store.getThreadById({ threadId: 't1' });
isExact<Date | undefined>(thread?.createdAt);
isExact<string | undefined>(thread?.resourceId);
const { messages } = await store.listMessages({ threadId: 't1', perPage: 10 });
isExact<string>(messages[0].role);
new CloudflareStore(config);
try {
  await store.init();
} catch (error) {
  if (error instanceof StoreError) isExact<string>(error.code);
}
`;

/** Each has one error. */
const WRONG = {
  'a table that there is not': `new KVStore({ bindings: { threads: ns, messages: ns, treads: ns } });`,
  'no messages': `new KVStore({ bindings: { threads: ns } });`,
  'no threads': `new CloudflareStore({ id: 's', bindings: { messages: ns } });`,
  "a table of neither this store's nor Mastra's": `new CloudflareStore({ id: 's', bindings: { threads: ns, messages: ns, mastra_x: ns } });`,
  'a binding that is none': `new KVStore({ bindings: { threads: ns, messages: 'MESSAGES_KV' } });`,
  'no id': `new CloudflareStore({ bindings: { threads: ns, messages: ns } });`,
  'an argument that there is not': `store.listMessages({ treadId: 5 });`,
  'an argument of another type': `store.getThreadById({ threadId: 5 });`,
  'a message without a role': `store.saveMessages({ messages: [{ id: 'm', threadId: 't', content: 'x', createdAt: new Date() }] });`,
  'a page that is a text': `store.listThreads({ page: '1' });`,
};
const wrongFile = (/** @type {string} */ statement) => `
import { CloudflareStore } from 'mastra-kv-wasm';
import { KVStore } from 'mastra-kv-wasm/kv-store';
declare const ns: any;
declare const store: KVStore;
void CloudflareStore;
${statement}
`;

const compilerOptions = {
  strict: true,
  noEmit: true,
  target: 'es2023',
  types: [],
};
const PROJECTS = {
  'moduleResolution bundler': {
    ...compilerOptions,
    module: 'esnext',
    moduleResolution: 'bundler',
    lib: ['es2023', 'dom'],
  },
  'moduleResolution nodenext': { ...compilerOptions, module: 'nodenext', lib: ['es2023', 'dom'] },
  'the types of Node': { ...compilerOptions, module: 'nodenext', lib: ['es2023'], types: ['node'] },
};

describe('TypeScript', () => {
  for (const [name, options] of Object.entries(PROJECTS)) {
    describe(`with ${name}`, () => {
      /** @type {string} */
      let output;
      const wrong = Object.values(WRONG).map((statement, i) => [`wrong${i}.ts`, wrongFile(statement)]);

      before(async () => {
        const directory = await makeProject(`types-${name.replaceAll(' ', '-').toLowerCase()}`, {
          // Mastra's own declarations are not checked, ours are, by the test below.
          'tsconfig.json': JSON.stringify({ compilerOptions: { ...options, skipLibCheck: true } }),
          'right.ts': RIGHT,
          ...Object.fromEntries(wrong),
        });
        output = (await runTool(directory, 'typescript/bin/tsc', ['--pretty', 'false'])).output;
      });

      it('a right program compiles', () => {
        assert.deepEqual(output.match(/^.*right\.ts.*$/gm) ?? [], []);
      });
      for (const [i, what] of Object.keys(WRONG).entries()) {
        it(`refuses ${what}`, () => {
          assert.equal(output.match(new RegExp(`^wrong${i}\\.ts`, 'gm'))?.length, 1, output);
        });
      }
    });
  }

  for (const lib of [
    ['es2023', 'dom'],
    ['es2023', 'webworker'],
  ]) {
    it(`the declarations of mastra-kv-wasm/kv-store are right by themselves, with ${lib}`, async () => {
      const directory = await makeProject(`types-lib-check-${lib[1]}`, {
        'tsconfig.json': JSON.stringify({
          compilerOptions: { ...compilerOptions, module: 'nodenext', lib, skipLibCheck: false },
        }),
        'index.ts': `import { KVStore } from 'mastra-kv-wasm/kv-store';\nexport const make = () => KVStore;\n`,
      });
      const { code, output } = await runTool(directory, 'typescript/bin/tsc', ['--pretty', 'false']);
      assert.equal(code, 0, output);
    });
  }
});
