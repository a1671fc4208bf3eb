/* JSON as the data view indents it: nothing but white space is changed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pretty } from '../../js-shim/worker/page/pretty.js';

test('is indented as JSON.stringify indents', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.equal(pretty(JSON.stringify(value)), JSON.stringify(value, null, 2));
    }),
  );
});

test('leaves numbers and escapes as they were written, and what is no JSON', () => {
  assert.equal(pretty('{"a":1E21,"b":"\\u0041\\ud800"}'), '{\n  "a": 1E21,\n  "b": "\\u0041\\ud800"\n}');
  assert.equal(pretty('not {json'), 'not {json');
});
