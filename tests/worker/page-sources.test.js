/* What the page of `make dev` never does with what people and models write: make HTML or code of it. (tests/browser shows
 * one such text in Chromium.) */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const PAGE = 'js-shim/worker/page';

test('the page makes no HTML and no code of text', () => {
  const sinks =
    /\.(inner|outer)HTML|insertAdjacentHTML|document\.write|\beval\(|new Function|createContextualFragment|parseFromString|srcdoc|javascript:/;
  const files = globSync(`${PAGE}/**/*.{js,html}`);
  assert.ok(files.length > 10);
  for (const file of files) assert.doesNotMatch(readFileSync(file, 'utf8'), sinks, file);
});

test('its policy lets it load and run nothing but its own files', () => {
  const html = readFileSync(`${PAGE}/index.html`, 'utf8');
  const policy = /Content-Security-Policy"\s+content="([^"]+)"/.exec(html)?.[1] ?? '';
  const sources = Object.fromEntries(
    policy.split(';').map((part) => {
      const [name, ...allowed] = part.trim().split(' ');
      return [name, allowed.join(' ')];
    }),
  );
  assert.deepEqual(sources, {
    'default-src': "'self'",
    'img-src': "'self' data:",
    'base-uri': "'none'",
    'form-action': "'none'",
  });
  assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)|\son[a-z]+=/, 'no script and no handler in the document itself');
});
