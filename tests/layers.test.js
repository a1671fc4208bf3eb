/* The engine's layers: every include points down (docs/architecture.md). */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

/** What each folder of wasm/src may include besides itself and what those folders may. */
const BELOW = /** @type {Record<string, string[]>} */ ({
  host: [],
  base: ['host'],
  kv: ['base'],
  record: ['kv'],
  message: ['record'],
  thread: ['message'],
  resource: ['record'],
  workflow: ['record'],
  score: ['record'],
  task: ['record'],
  thread_state: ['record'],
  observation: ['record'],
  engine: ['thread', 'resource', 'workflow', 'score', 'task', 'thread_state', 'observation'],
  care: ['engine'],
});

/** @param {string} folder @returns {string[]} */
const reachable = (folder) => [folder, ...(BELOW[folder] ?? []).flatMap(reachable)];

/**
 * The includes of one source that do not point down.
 * @param {string} path within wasm/src
 * @param {string} text
 */
function wrongIncludes(path, text) {
  const folder = path.slice(0, path.indexOf('/'));
  const allowed = reachable(folder);
  assert.ok(folder in BELOW, `${path}: BELOW does not say what the folder ${folder} may include`);
  return [...text.matchAll(/^[ \t]*#[ \t]*include[ \t]+["<]([^">]+)[">]/gm)].flatMap(([, included = '']) => {
    const [from = ''] = included.split('/');
    const isRight = from in BELOW ? allowed.includes(from) : included !== 'cJSON.h' || folder === 'base';
    return isRight ? [] : [`${path} includes ${included}`];
  });
}

describe('the includes of the engine', () => {
  it('point down', () => {
    const top = fileURLToPath(new URL('../wasm/src/', import.meta.url));
    const paths = globSync('*/*.[ch]', { cwd: top });
    assert.ok(paths.length > 50);
    const wrong = paths.flatMap((path) => wrongIncludes(path, readFileSync(top + path, 'utf8')));
    assert.deepEqual(wrong, []);
  });

  for (const [path, include, isRight] of /** @type {[string, string, boolean][]} */ ([
    ['kv/io.c', '#include "base/format.h"', true],
    ['base/json.c', '#include "base/json.h"', true],
    ['base/json.c', '#include <string.h>', true],
    ['host/platform_wasm.c', '#include <wasi/api.h>', true],
    ['base/json.h', '#include "kv/config.h"', false],
    ['base/json.h', '#include <kv/config.h>', false],
    ['base/json.h', '  #  include\t"kv/config.h"', false],
    ['record/rows.c', '#include "thread/thread.h"', false],
    ['thread/copy.c', '#include "message/history.h"', true],
    ['message/history.c', '#include "thread/thread.h"', false],
    ['score/score.c', '#include "task/task.h"', false],
    ['score/score.c', '#include "engine/operation.h"', false],
    ['engine/clear.c', '#include "score/score.h"', true],
    ['engine/clear.c', '#include "care/walk.h"', false],
    ['base/tree.h', '#include <cJSON.h>', true],
    ['record/paging.c', '#include <cJSON.h>', false],
    ['record/paging.c', '#include "cJSON.h"', false],
  ])) {
    it(`would ${isRight ? '' : 'not '}pass as ${include} in ${path}`, () => {
      assert.equal(wrongIncludes(path, `/* x */\n${include}\n`).length, isRight ? 0 : 1);
    });
  }
});
