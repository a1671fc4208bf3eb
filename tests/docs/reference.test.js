/* Docs that list what the code has are compared with it: options, tables, keys, codes of errors, prices, links. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { measure } from '../../bench/price.js';
import { PAGES, readPage, TOP } from '../support/docs.js';

/** The first cells of a page's tables. @param {string} text */
const named = (text) => [...text.matchAll(/^\| ([^|]*`[^|]*) \|/gm)].flatMap(([, cell]) =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
); // prettier-ignore

/** @param {string} text @param {string} heading */
const section = (text, heading) => text.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';

describe('docs/configuration.md', () => {
  const page = readPage('docs/configuration.md');
  const options = readPage('js-shim/store/options.js');

  it('has every option that the types have, and no other', () => {
    const typed = [...options.matchAll(/@property \{[^\n]*?\} \[?(\w+)\]?/g)].map(([, name]) => name);
    const store = readPage('js-shim/mastra/store.js');
    const ofMastra = [...(/Pick<MastraCompositeStoreConfig, ([^>]+)>/.exec(store)?.[1] ?? '').matchAll(/'(\w+)'/g)];
    const expected = [...typed, 'client', ...ofMastra.map(([, name]) => name)];
    const listed = ['With bindings', 'Over REST', 'Both', "Mastra's"].flatMap((heading) =>
      named(section(page, heading)),
    );
    assert.deepEqual(listed.toSorted(), [...new Set(expected)].sort());
  });

  it('has the tables of wasm/src/kv/schema.c, as the types have them', () => {
    const prefix = /MK_MASTRA_PREFIX "(\w+)"/.exec(readPage('wasm/src/kv/schema.h'))?.[1];
    const tables = [...readPage('wasm/src/kv/schema.c').matchAll(/TABLE\("(\w+)"/g)].map(([all, name]) =>
      name === 'metadata' ? [all, name] : [all, name, `${prefix}${name}`],
    );
    assert.ok(tables.length >= 8);
    const rows = [...section(page, 'Tables').matchAll(/^\| `(\w+)` \| (?:`(\w+)`)? ?\|/gm)];
    const pair = (/** @type {string[]} */ [, name, long]) => `${name} ${long ?? ''}`;
    assert.deepEqual(rows.map(pair).sort(), tables.map(pair).sort());
    const types = readPage('js-shim/store/tables.js');
    const typed = [...types.matchAll(/@typedef \{((?:'\w+'(?: \| )?)+)\} \w+Table/g)].flatMap(([, names]) =>
      [...names.matchAll(/'(\w+)'/g)].map(([, name]) => name),
    );
    assert.deepEqual(typed.sort(), tables.map(([, name]) => name).sort());
  });
});

describe('docs/keys.md and its neighbours', () => {
  it('have the beginning of every key that the engine writes', () => {
    const begins = [...readPage('wasm/src/kv/schema.c').matchAll(/\[MK_\w+\] = \{"([a-z_:]+:)"/g)].map(
      ([, text]) => text,
    );
    assert.ok(begins.length > 15);
    const text = ['keys', 'workflows', 'scores-and-tasks', 'memory', 'care', 'observational-memory']
      .map((name) => readPage(`docs/${name}.md`))
      .join('\n');
    assert.deepEqual(begins.filter((begin) => !text.includes(begin)), []); // prettier-ignore
  });
});

describe('docs/errors.md', () => {
  it('has every code, and those alone', () => {
    const [doc] = /`code` is one of ([^.]*)\./s.exec(readPage('js-shim/store/errors.js').replace(/\n \*/g, '')) ?? [];
    const codes = doc?.match(/[A-Z]+_[A-Z_]+/g) ?? [];
    assert.ok(codes.length > 10);
    const listed = named(readPage('docs/errors.md')).filter((name) => /^[A-Z]+_[A-Z_]+$/.test(name));
    assert.deepEqual(listed.sort(), codes.sort());
  });
});

describe("the README's prices", () => {
  it('are those of node bench/run.js --only price', async () => {
    const { billed, months, freeTurnsPerDay } = await measure();
    const readme = readPage('README.md').replace(/\s+/g, ' ');
    assert.ok(readme.includes(`billed ${billed.reads} reads, ${billed.writes} writes and ${billed.lists} list`));
    assert.ok(readme.includes(`are ${freeTurnsPerDay} turns`));
    for (const { turns, units, dollars } of months) {
      const cells = [turns, ...units].map((value) => value.toLocaleString('en-US'));
      const row = `| ${[...cells, `$${dollars.toFixed(2)}`].join(' | ')} |`;
      assert.ok(readme.includes(row), row);
    }
  });
});

describe('links', () => {
  for (const page of PAGES) {
    it(`of ${page} lead somewhere`, () => {
      const broken = [...readPage(page).matchAll(/\]\((?!https?:)([^)\s]*)\)/g)].flatMap(([, target]) => {
        const [path, anchor] = target.split('#');
        const file = path === '' ? page : join(page, '..', path);
        if (!existsSync(join(TOP, file))) return [target];
        return anchor && !anchorsOf(file).includes(anchor) ? [target] : [];
      });
      assert.deepEqual(broken, []);
    });
  }
});

/** The anchors of a page's headings, as Markdown is shown in most places. @param {string} path */
const anchorsOf = (path) =>
  [...readPage(path).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-'),
  ); // prettier-ignore
