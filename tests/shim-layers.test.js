/* The shim's layers: every import points down (docs/architecture.md). */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

/** Places of js-shim, and what each may import besides itself. */
const BELOW = /** @type {Record<string, string[]>} */ ({
  kv: [],
  store: ['kv'],
  engine: ['store', 'kv'],
  'kv-store.js': ['engine', 'store', 'kv'],
  care: ['kv-store.js', 'engine', 'store', 'kv'],
  mastra: ['kv-store.js', 'store'],
  'care.js': ['care', 'engine', 'store', 'kv'],
  'index.js': ['mastra', 'kv-store.js', 'kv'],
});

const TOP = fileURLToPath(new URL('../js-shim/', import.meta.url));

/**
 * The imports of a file that do not point down. Types may come from anywhere: they are nothing at run time.
 * @param {string} file within js-shim
 * @param {string} text
 */
function wrongImports(file, text) {
  const [place = ''] = file.split('/');
  assert.ok(place in BELOW, `${file}: BELOW does not say what ${place} may import`);
  return [...text.matchAll(/^(?:import|export)\b(?:[^'"(]*\bfrom)?\s*['"](\.[^'"]+)['"]/gm)].flatMap(
    ([, imported = '']) => {
      const target = path.posix.join(path.posix.dirname(file), imported);
      const [from = ''] = target.split('/');
      const isRight = from === place || from === '..' || BELOW[place]?.includes(from);
      return isRight ? [] : [`${file} imports ${target}`];
    },
  );
}

describe('the imports of the shim', () => {
  it('point down', () => {
    const files = globSync('**/*.js', { cwd: TOP }).filter((file) => !/^(worker|cli)\//.test(file));
    assert.ok(files.length > 30);
    assert.deepEqual(
      files.flatMap((file) => wrongImports(file, readFileSync(TOP + file, 'utf8'))),
      [],
    );
  });

  for (const [file, text, isRight] of /** @type {[string, string, boolean][]} */ ([
    ['kv/overlay.js', "import { risingNow } from './clock.js';", true],
    ['kv/overlay.js', "import { risingNow } from '../engine/wasi.js';", false],
    ['kv/overlay.js', "import '../store/options.js';", false],
    ['kv/rest/client.js', "import { sleep } from '../retry.js';", true],
    ['store/options.js', "/** @import { Engine } from '../engine/engine.js' */", true],
    ['store/options.js', "export {\n  Engine,\n} from '../engine/engine.js';", false],
    ['mastra/domain.js', "import { KVStore } from '../kv-store.js';", true],
    ['kv-store.js', "import { MemoryStorageCloudflare } from './mastra/memory.js';", false],
    ['engine/module-workerd.js', "import module from '../../build/store.wasm';", true],
  ])) {
    it(`${isRight ? 'may' : 'may not'} be: ${file}: ${text.replaceAll('\n', ' ')}`, () => {
      assert.equal(wrongImports(file, text).length === 0, isRight);
    });
  }
});
