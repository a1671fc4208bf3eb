import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

// A Worker's bundle is loaded wherever a request lands, so what the engine adds to it stays small. Threads and messages
// alone took 50 KB (24 KB gzipped); all domains together are what is measured here, and observational memory is 20 KB (9 KB
// gzipped) of it. The compilers of other releases give a few hundred bytes more than Debian 12's.
const BYTES_MAX = 120 * 1024;
const GZIPPED_BYTES_MAX = 54 * 1024;

test('build/store.wasm is at most 120 KiB, and 54 KiB gzipped', (t) => {
  const module = readFileSync(new URL('../build/store.wasm', import.meta.url));
  const gzipped = gzipSync(module, { level: 9 });
  t.diagnostic(`${module.length} bytes, ${gzipped.length} gzipped`);
  assert.ok(module.length <= BYTES_MAX, `${module.length} bytes, allowed are ${BYTES_MAX}`);
  assert.ok(gzipped.length <= GZIPPED_BYTES_MAX, `${gzipped.length} bytes gzipped, allowed are ${GZIPPED_BYTES_MAX}`);
});
