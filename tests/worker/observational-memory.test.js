/* Mastra's own observational memory under wrangler dev: a conversation of 500 messages, in namespaces whose reads are a
 * minute behind, is observed and reflected as over the in-memory store. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { makeTemporaryDirectory, startWranglerDev } from '../support/worker.js';

const SCRIPT = fileURLToPath(new URL('fixtures/observations.js', import.meta.url));
const TURNS = 250;
const TIME = /\d{4}-\d\d-\d\dT[\d:.]+Z/g;

test(`${2 * TURNS} messages leave the observations of the in-memory store`, async () => {
  const state = await makeTemporaryDirectory();
  const dev = await startWranglerDev(state, SCRIPT);
  try {
    const [expected, actual] = await Promise.all(['memory', 'kv'].map(converse));
    assert.equal(actual.messages, 2 * TURNS);
    assert.ok(expected.records.length > 3, 'it was reflected');
    assert.deepEqual(actual, expected);
  } catch (cause) {
    throw new Error(`wrangler dev printed:\n${dev.output()}`, { cause });
  } finally {
    await dev.stop();
    await rm(state, { recursive: true, force: true });
  }

  /** What there is afterwards, the newest record first, without times. @param {string} kind */
  async function converse(kind) {
    const { status, text, json } = await dev.ask('POST', `/${kind}?turns=${TURNS}`);
    assert.equal(status, 200, text);
    /** @type {any[]} */
    const records = json.records;
    return {
      messages: json.messages,
      records: records.map((record) => ({
        generation: record.generationCount,
        origin: record.originType,
        observations: record.activeObservations.replace(TIME, 'time'),
        buffered: record.bufferedObservationChunks?.map((/** @type {any} */ { observations }) => observations),
        reflection: record.bufferedReflection,
        tokens: [record.observationTokenCount, record.totalTokensObserved, record.pendingMessageTokens],
        isBusy: [record.isObserving, record.isReflecting, record.isBufferingObservation, record.isBufferingReflection],
      })),
    };
  }
});
