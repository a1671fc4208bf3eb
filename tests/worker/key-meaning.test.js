/* What the page says of keys, over keys that the store has made. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KVStore } from '../../js-shim/kv-store.js';
import { explainKey } from '../../js-shim/worker/page/key-meaning.js';
import { FakeKV } from '../support/fake-kv.js';

const createdAt = new Date('2026-11-24T12:00:00.123Z');

test('every key of a conversation is known, with its parts and its time', async () => {
  const kv = new FakeKV();
  const namespace = kv.location();
  const store = new KVStore({ bindings: { threads: namespace, messages: namespace } });
  const threadId = 'a/b:c %é';
  await store.init();
  await store.saveThread({ thread: { id: threadId, resourceId: 'ada', createdAt, updatedAt: createdAt } });
  await store.updateThread({ id: threadId, title: 'Tea', metadata: {} });
  await store.saveMessages({
    messages: [{ id: 'm1', threadId, resourceId: 'ada', role: 'user', content: 'Hello', createdAt }],
  });
  await store.updateMessages({ messages: [{ id: 'm1', content: 'Hello again' }] });
  await store.updateResource({ resourceId: 'ada', workingMemory: 'tea' });

  await store.saveThread({ thread: { id: 'gone', resourceId: 'ada', createdAt, updatedAt: createdAt } });
  await store.deleteThread({ threadId: 'gone' });

  for (const table of ['metadata:message_families:', 'metadata:thread_marks:']) {
    assert.ok(
      kv.keys().some((key) => key.startsWith(table)),
      table,
    );
  }
  const explained = Object.fromEntries(kv.keys().map((key) => [key, explainKey(key)]));
  for (const [key, { meaning }] of Object.entries(explained)) assert.notEqual(meaning, '', key);
  const parts = (/** @type {string} */ beginning) =>
    Object.entries(explained)
      .find(([key]) => key.startsWith(beginning))?.[1]
      .parts.map(({ label, text, time }) => [label, time ? time.toISOString() : text]);
  assert.deepEqual(parts('messages:'), [
    ['table', 'messages'],
    ['thread', threadId],
    ['created', createdAt.toISOString()],
    ['message', 'm1'],
  ]);
  assert.deepEqual(parts('metadata:threads_by_resource:'), [
    ['table', 'metadata:threads_by_resource'],
    ['resource', 'ada'],
    ['created', createdAt.toISOString()],
    ['thread', threadId],
  ]);
});

test('an unknown key is taken apart all the same', () => {
  assert.deepEqual(explainKey('tomorrow:x%3Ay:z'), {
    meaning: '',
    parts: [
      { text: 'tomorrow', label: 'table', isTable: true },
      { text: 'x:y', label: '' },
      { text: 'z', label: '' },
    ],
  });
});

test('keys of workflows, scores, tasks and thread state are known as well', async () => {
  const kv = new FakeKV();
  const namespace = kv.location();
  const store = new KVStore({ bindings: { threads: namespace, messages: namespace } });
  const snapshot = { runId: 'run', status: 'running', value: {}, context: {} };
  const run = { workflowName: 'approve', runId: 'run' };
  await store.persistWorkflowSnapshot({ ...run, snapshot });
  await store.updateWorkflowResults({ ...run, stepId: 'one', result: { status: 'success' } });
  await store.saveScore({
    scorerId: 'tone',
    runId: 'run',
    entityId: 'chat',
    entityType: 'AGENT',
    traceId: 'trace',
    spanId: 'span',
    score: 1,
    source: 'LIVE',
    scorer: {},
    entity: {},
    output: {},
  });
  await store.createTask({
    id: 'task',
    status: 'pending',
    toolName: 'mail',
    toolCallId: 'c',
    agentId: 'chat',
    runId: 'run',
    args: {},
    retryCount: 0,
    maxRetries: 0,
    timeoutMs: 1,
    createdAt,
  });
  await store.setState({ threadId: 't', type: 'mood', value: 1 });
  const keys = kv.keys();
  assert.ok(keys.length >= 9, keys.join('\n'));
  for (const key of keys) {
    const { meaning, parts } = explainKey(key);
    assert.notEqual(meaning, '', key);
    for (const { label } of parts) assert.notEqual(label, '', key);
  }
});
