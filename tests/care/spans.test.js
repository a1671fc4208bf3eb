import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { membersOf, objectOf, opened } from '../../js-shim/care/spans.js';

/** Texts of one JSON value, with white space where it is allowed. */
const texts = fc
  .tuple(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), fc.constantFrom(0, 1, '\t', '\n\r '))
  .map(([value, space]) => JSON.stringify(value, undefined, space));

describe('members', () => {
  test('are the parts of an object, each as it is written', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const members = /** @type {Map<string, string>} */ (membersOf(text));
        const value = JSON.parse(text);
        assert.deepEqual([...members.keys()].sort(), Object.keys(value).sort());
        for (const [name, span] of members) {
          assert.deepEqual(JSON.parse(span), value[name]);
          assert.ok(text.includes(span));
          assert.equal(span, span.trim());
        }
        assert.deepEqual(JSON.parse(objectOf(members)), value);
      }),
    );
  });

  for (const [text, members] of /** @type {const} */ ([
    ['{}', []],
    [' { "a" : 1e400 , "b":"}\\"," } ', [['a', '1e400'], ['b', '"}\\","']]], // prettier-ignore
    [String.raw`{"\u0061":"\\","a\"":{"c":["]"]}}`, [['a', String.raw`"\\"`], ['a"', '{"c":["]"]}']]], // prettier-ignore
    ['{"a":1,"a":2}', [['a', '2']]],
    ['{"__proto__":{"x":1}}', [['__proto__', '{"x":1}']]],
  ])) {
    test(text, () => assert.deepEqual([...(membersOf(text) ?? [])], members));
  }

  for (const text of ['', '[]', '1', 'null', '"{}"', '{', '{"a":}', '{"a":1}}', '{a:1}', '\ufeff{}']) {
    test(`${JSON.stringify(text)} has none`, () => assert.equal(membersOf(text), undefined));
  }
});

test('what is opened is the JSON in a string, also where halves of surrogates stand in it', () => {
  for (const inner of ['{"a":"\\u0000 \\ud800"}', '{"a":"\ud800"}', '{"a":"\ud83d\ude00\ud83d"}', '[1e400]']) {
    const text = opened(JSON.stringify(inner));
    assert.ok(text.isWellFormed());
    assert.deepEqual(JSON.parse(text), JSON.parse(inner));
  }
});
