/* The page at `/` in Chromium, over the Worker in workerd. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, beforeEach, describe, test } from 'node:test';
import { KVStore } from '../../js-shim/kv-store.js';
import { startBrowser } from '../support/browser.js';
import { bundleWorker, startWorker } from '../support/worker.js';

/** @import { Browser, Page } from 'playwright-core' */
/** @import { RunningWorker } from '../support/worker.js' */

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const NO_SUCH_TOKEN = 'KV GET failed: 401 Unauthorized'; // not tried again

/** @type {Browser} */
let browser;
/** @type {RunningWorker} */
let worker;
/** @type {Page} */
let page;
/** Where Workers of these tests are. @type {Set<string>} */
const origins = new Set();
/** What the page has asked for. @type {string[]} */
const requested = [];
/** What went wrong inside it. @type {string[]} */
let complaints = [];

before(async () => {
  await bundleWorker('browser');
  [browser, worker] = await Promise.all([startBrowser(), startWorker({ counts: true })]);
});
after(() => Promise.all([browser?.close(), worker?.stop()]));

beforeEach(async () => {
  await page?.context().close();
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  page = await context.newPage();
  page.setDefaultTimeout(30_000);
  complaints = [];
  page.on('request', (request) => requested.push(request.url()));
  page.on('pageerror', (error) => complaints.push(String(error)));
});

/** Each test has a resource of its own. @param {string} resource @param {string} [rest] */
async function open(resource, rest = '') {
  origins.add(worker.url);
  await page.goto(`${worker.url}#/chat/${resource}${rest}`);
  await page.locator('.steps > *').first().waitFor({ state: 'attached' });
}

/** Say something and wait for the end of the answer. @param {string} text */
async function say(text) {
  const answers = page.locator('.message.assistant:not(.is-coming)');
  const before = await answers.count();
  await page.getByRole('textbox', { name: 'Message' }).fill(text);
  await page.keyboard.press('Enter');
  await answers.nth(before).waitFor();
  await page.locator('.action', { hasText: `Answer “${text}”` }).waitFor({ state: 'attached' });
  return (await answers.nth(before).locator('.text').textContent()) ?? '';
}

/** What the last action was, in the page's own figures. */
async function figures() {
  const all = await page
    .locator('.figures div')
    .evaluateAll((divs) =>
      divs.map((div) => [
        div.getAttribute('data-figure'),
        Number(div.querySelector('dd')?.textContent?.replace(/,/g, '')),
      ]),
    );
  return Object.fromEntries(all);
}

/** @param {string} thread @param {string} resourceId @param {number} count of messages, said by turns */
async function saveThread(thread, resourceId, count) {
  const store = new KVStore({
    bindings: { threads: await worker.namespace('THREADS_KV'), messages: await worker.namespace('MESSAGES_KV') },
  });
  const begun = Date.now() - count * 1000;
  await store.saveThread({
    thread: { id: thread, resourceId, createdAt: new Date(begun), updatedAt: new Date(begun) },
  });
  const messages = Array.from({ length: count }, (_, at) => ({
    id: `${thread}-${at}`,
    threadId: thread,
    resourceId,
    role: at % 2 === 0 ? 'user' : 'assistant',
    createdAt: new Date(begun + at * 1000),
    content: { format: 2, parts: [{ type: 'text', text: `message ${at}` }] },
  }));
  await store.saveMessages({ messages });
}

const texts = () => page.locator('.message .text').allTextContents();

describe('a conversation', () => {
  test('begins, goes on after a reload, and is listed', async () => {
    await open('ada');
    await page.getByText('ada has no conversations yet.').waitFor();
    assert.match(await say('I live in Riga'), /I remember no earlier messages/);
    const [thread] = await page.locator('.threads a .thread-name').allTextContents();
    assert.match(thread, /^i-live-in-riga-\w+$/);
    assert.ok(page.url().endsWith(`#/chat/ada/${thread}`));

    await page.reload();
    await page.getByText('The conversation begins here.').waitFor();
    assert.equal((await texts())[0], 'I live in Riga');
    assert.match(await say('I live in Riga'), /You have said this 2 times\. I remember 2 earlier messages/);
    assert.equal(await page.locator('.thread-total').textContent(), '4 messages');
    assert.equal(await page.locator('.threads a[aria-current]').count(), 1);
    assert.equal(await page.locator('.chart[data-chart=calls] .dot').count(), 2, 'both turns are in the charts');
  });

  test('shows what was said as text, whatever it looks like', async () => {
    await open('eve');
    const text = '<img src=x onerror="document.title=1"> <b>bold</b>\n  second line';
    await page.getByRole('textbox', { name: 'Message' }).fill(text);
    await page.keyboard.press('Enter');
    await page.locator('.message.assistant:not(.is-coming)').waitFor();
    assert.equal((await texts())[0], text);
    assert.equal(await page.locator('.messages img, .messages b').count(), 0);
  });

  test('pages back to its first message, and what one reads stays in place', async () => {
    await saveThread('long', 'bob', 130);
    await open('bob', '/long');
    await page.getByText('message 129', { exact: true }).waitFor();
    assert.equal(await page.locator('.thread-total').textContent(), '130 messages');
    const history = page.locator('.history');
    const shown = async () => (await texts()).length;
    for (let before = await shown(); before < 130; before = await shown()) {
      assert.equal((await texts()).at(-1), 'message 129');
      const first = page.locator('.message').first();
      await history.evaluate((element) => element.scrollTo(0, 0));
      const box = await first.boundingBox();
      await page.waitForFunction((count) => document.querySelectorAll('.message').length > count, before);
      const moved = page.locator('.message').nth((await shown()) - before);
      const after = await moved.boundingBox();
      assert.ok(
        box && after && Math.abs(after.y - box.y) < 60,
        `${JSON.stringify(box)} moved to ${JSON.stringify(after)}`,
      );
    }
    await page.getByText('The conversation begins here.').waitFor();
    assert.deepEqual(
      await texts(),
      Array.from({ length: 130 }, (_, at) => `message ${at}`),
    );
    assert.match(await say('and now?'), /I remember 20 earlier messages/);
  });

  test('is deleted after a confirmation, and not without', async () => {
    await saveThread('unloved', 'kay', 4);
    await open('kay', '/unloved');
    const remove = page.getByRole('button', { name: 'Delete unloved' });
    await remove.click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    assert.equal((await worker.ask('GET', '/api/threads/unloved')).status, 200);

    await remove.click();
    await page.getByRole('dialog').getByText('unloved and all its messages').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.locator('.thread-title', { hasText: 'New conversation' }).waitFor();
    assert.equal(await page.locator('.threads a').count(), 0);
    assert.equal((await worker.ask('GET', '/api/threads/unloved')).status, 404);
  });

  test('of 10,000 messages is read to its beginning', async () => {
    const total = 10_000;
    // The answers are made up here: what is tried is the page.
    await page.route('**/api/threads/huge/messages?**', async (route) => {
      const query = new URL(route.request().url()).searchParams;
      const [at, perPage] = [Number(query.get('page')) * Number(query.get('perPage')), Number(query.get('perPage'))];
      const messages = Array.from({ length: Math.min(perPage, total - at) }, (_, offset) => {
        const number = total - 1 - at - offset;
        return {
          id: `m${number}`,
          role: number % 2 === 0 ? 'user' : 'assistant',
          createdAt: new Date(number * 1000).toISOString(),
          content: { parts: [{ type: 'text', text: `message ${number} ${'and more of it '.repeat(number % 20)}` }] },
        };
      });
      await route.fulfill({ json: { messages, total, hasMore: at + perPage < total } });
    });
    await open('max', '/huge');
    await page.evaluate(async () => {
      const history = /** @type {any} */ (document.querySelector('.history'));
      while (!document.querySelector('.history-top')?.textContent?.includes('begins here')) {
        history.scrollTop = 0;
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
    });
    assert.equal(await page.locator('.message').count(), total);
    assert.equal((await page.locator('.message .text').first().textContent())?.trim(), 'message 0');
    const skipped = await page
      .locator('.message')
      .evaluateAll((items) => items.filter((item) => !item.checkVisibility({ contentVisibilityAuto: true })).length);
    assert.ok(skipped > 9_500, `${total - skipped} messages are laid out`);
  });
});

describe('what storage did', () => {
  /** @typedef {{ from: string, operation: string, keys: string[] }} Shown */

  /** The waterfall's steps, opened. @returns {Promise<Shown[]>} */
  const steps = () =>
    page.locator('.step').evaluateAll((all) =>
      all.map((step) => ({
        from: step.getAttribute('data-from') ?? '',
        operation: step.querySelector('.operation')?.textContent ?? '',
        keys: [...step.querySelectorAll('.facts a')].map((link) => link.textContent ?? ''),
      })),
    );

  /** @param {{ operation: string, keys: string[] }[]} calls */
  const sorted = (calls) => calls.map(({ operation, keys }) => `${operation} ${keys.join(' ')}`).sort();

  test('is what the namespaces counted: a turn that begins, one that goes on, a listing, a deletion', async () => {
    await open('ann');
    for (const text of ['I have a cat', 'and a dog']) {
      worker.calls();
      await say(text);
      const seen = worker.calls();
      const { calls, rounds, overlay } = await figures();
      assert.equal(calls, seen.length);
      const shown = await steps();
      assert.deepEqual(sorted(shown.filter(({ from }) => from === 'kv')), sorted(seen));
      assert.equal(shown.filter(({ from }) => from === 'overlay').length, overlay);
      assert.ok(rounds >= 3 && rounds < calls, `${rounds} rounds`);
      const billed = await page.locator('.step[data-from=kv] .facts div:nth-child(4) dd').allTextContents();
      const reads = billed.filter((unit) => unit.includes('read')).reduce((sum, unit) => sum + parseInt(unit, 10), 0);
      assert.equal(
        reads,
        seen.filter(({ operation }) => operation === 'get').reduce((sum, { keys }) => sum + keys.length, 0),
      );
      assert.equal(await page.locator('.chart[data-chart=calls] figcaption .chart-now').textContent(), String(calls));
      assert.equal(
        await page.locator('.chart[data-chart=calls] figcaption .chart-model').textContent(),
        (calls + 2 * (900 + 1)).toLocaleString('en'),
        'two messages, each of which scans 900 threads',
      );
    }

    worker.calls();
    await page.reload();
    await page.getByText('The conversation begins here.').waitFor();
    await page.locator('.action', { hasText: /^Open/ }).waitFor();
    const opening = worker.calls().filter(({ keys }) => !keys[0].includes('threads_by_resource'));
    const listing = (await steps()).filter(({ from }) => from === 'kv');
    assert.ok(listing.length > 0 && listing.length <= opening.length);

    worker.calls();
    await page.locator('.threads .delete').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.locator('.action', { hasText: /^Delete/ }).waitFor();
    assert.equal((await figures()).calls, worker.calls().length);
  });

  test('is compared with a store of as many threads as one chooses', async () => {
    await open('ben');
    await say('hello');
    const model = page.locator('.chart[data-chart=calls] figcaption .chart-model');
    const of900 = Number((await model.textContent())?.replace(',', ''));
    await page.getByLabel(/Scan is a model, not measured/).selectOption('10000');
    const of10000 = Number((await model.textContent())?.replace(',', ''));
    assert.equal(of10000 - of900, 2 * (10_000 + 10 - 901));
  });
});

describe('observational memory', () => {
  const section = () => page.getByRole('region', { name: 'Observational memory' });

  test('is off, and the variable that switches it on is named', async () => {
    await saveThread('unobserved', 'mia', 2);
    await open('mia', '/unobserved');
    await section().getByText('Off. The variable OBSERVATIONAL_MEMORY switches it on.').waitFor();
  });

  test('is shown as a turn leaves it, and again after a reload', async () => {
    const off = worker;
    worker = await startWorker({ variables: { OBSERVATIONAL_MEMORY: '60' } });
    try {
      await open('mia', '/observed');
      await section().getByText('On, and nothing yet: it observes after 60 tokens.').waitFor();
      await say('Hello');
      await section().getByText('Nothing is observed yet.').waitFor();
      assert.match((await numbers())['tokens pending'], /^\d+ of 60$/);
      const said = 'I live in Riga. '.repeat(10).trim();
      for (let turn = 0; turn < 2; turn++) await say(said);
      await section().getByText('Active observations').click();
      await section()
        .getByRole('group', { name: 'Active observations' })
        .getByText(/There was talk of/)
        .waitFor();
      for (const theme of /** @type {const} */ (['light', 'dark'])) {
        await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
        assert.deepEqual(await seriousFindings(), []);
      }
      const shown = await numbers();
      assert.ok(Number(shown.observations) > 0 && Number(shown['their tokens']) > 0, JSON.stringify(shown));
      assert.equal(shown['under way'], 'nothing');
      await page.reload();
      await section().locator('.memory-numbers div').first().waitFor();
      assert.equal((await numbers()).observations, shown.observations);
      assert.deepEqual(worker.fetched(), []);
    } finally {
      await worker.stop();
      worker = off;
    }
  });

  test('that cannot be read is told in its section, and is tried again', async () => {
    await saveThread('unread', 'mia', 2);
    const api = '**/api/page/observations?**';
    await page.route(api, (route) => route.abort());
    await open('mia', '/unread');
    await section().getByRole('alert').getByText('UNREACHABLE').waitFor();
    await page.unroute(api);
    await section().getByRole('button', { name: 'Try again' }).click();
    await section().getByText('Off.').waitFor();
    assert.equal(await section().getByRole('alert').count(), 0);
  });

  const numbers = async () =>
    Object.fromEntries(
      await section()
        .locator('.memory-numbers div')
        .evaluateAll((divs) => divs.map((div) => [...div.children].map(({ textContent }) => textContent))),
    );
});

describe('a failure', () => {
  test('of an answer stands below the question, and is tried again', async () => {
    await open('flo');
    await worker.failKv('list', NO_SUCH_TOKEN);
    await page.getByRole('textbox', { name: 'Message' }).fill('are you there?');
    await page.keyboard.press('Enter');
    const alert = page.locator('.messages').getByRole('alert');
    await alert.getByText('KV_FAILED').waitFor();
    await worker.failKv('list', null);
    await alert.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.message.assistant:not(.is-coming)').waitFor();
    assert.equal(await page.getByRole('alert').count(), 0);
    assert.equal((await texts()).filter((text) => text === 'are you there?').length, 1);
  });

  test('of saving an answer is told, though the answer is there', async () => {
    await open('gil');
    await worker.failKv('put', NO_SUCH_TOKEN.replace('GET', 'PUT'));
    await page.getByRole('textbox', { name: 'Message' }).fill('will you remember?');
    await page.keyboard.press('Enter');
    await page.locator('.messages').getByRole('alert').getByText('KV_FAILED').waitFor();
    await worker.failKv('put', null);
    await page.locator('.step.has-failed').first().waitFor();
  });

  test('of the history stands at its top', async () => {
    await saveThread('broken', 'hal', 3);
    await worker.failKv('list', NO_SUCH_TOKEN);
    await open('hal', '/broken');
    await page.locator('.history-top').getByRole('alert').getByText('KV_FAILED').waitFor();
    await worker.failKv('list', null);
    await page.locator('.history-top').getByRole('button', { name: 'Try again' }).click();
    await page.getByText('message 2', { exact: true }).waitFor();
  });

  test('of the Worker itself is told', async () => {
    await open('ida');
    await page.route('**/api/chat/stream', (route) => route.abort());
    await page.getByRole('textbox', { name: 'Message' }).fill('hello');
    await page.keyboard.press('Enter');
    await page.locator('.messages').getByRole('alert').getByText('UNREACHABLE').waitFor();
  });
});

describe('the data view', () => {
  test('lists keys under a prefix, and says what one means', async () => {
    await saveThread('a/b:c é', 'joe', 2);
    await page.goto(`${worker.url}#/data/MESSAGES_KV/${encodeURIComponent('messages:a/b%3A')}`);
    await page.locator('.notice', { hasText: 'Everything in these namespaces is shown' }).waitFor();
    await page.locator('.key-list a').nth(1).waitFor();
    assert.equal(await page.locator('.keys-title').textContent(), '2 keys');
    await page.locator('.key-list a').first().click();
    await page.locator('.meaning', { hasText: 'A message, in the order of its thread' }).waitFor();
    const parts = await page.locator('.parts div').allTextContents();
    assert.equal(parts[0], 'tablemessages');
    assert.equal(parts[1], 'threada/b:c é');
    assert.match(parts[2], /^created\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\d{17}$/);
    assert.equal(parts[3], 'messagea/b:c é-1');
    const value = await page.locator('.value').first().textContent();
    assert.match(value ?? '', /^\{\n {2}"_writtenAt": \d+,\n/);
    assert.deepEqual(JSON.parse(value ?? '').content.parts[0].text, 'message 1');
    assert.equal(JSON.parse((await page.locator('.value').nth(1).textContent()) ?? '').resourceId, 'joe');
    await page.reload();
    await page.locator('.meaning').waitFor();
  });

  test('finds the keys of an id', async () => {
    await saveThread('found', 'joe', 2);
    await page.goto(`${worker.url}#/data`);
    await page.getByRole('searchbox').fill('found');
    await page.keyboard.press('Enter');
    await page.locator('.keys-title', { hasText: 'keys of found' }).waitFor();
    const keys = await page
      .locator('.key-list a')
      .evaluateAll((links) => links.map((link) => link.getAttribute('data-key')));
    assert.ok(keys.includes('threads:found'));
    assert.equal(keys.filter((key) => key?.startsWith('messages:found:')).length, 2);
    await page.getByRole('searchbox').fill('found-1');
    await page.keyboard.press('Enter');
    await page.locator('.keys-title', { hasText: '2 keys of found-1' }).waitFor();
    assert.equal(await page.locator('.key-list a[data-key^="messages:found:"]').count(), 1);
  });

  test('deletes a key after a confirmation', async () => {
    await saveThread('doomed', 'joe', 1);
    await page.goto(`${worker.url}#/data/THREADS_KV/threads%3Adoomed/threads%3Adoomed`);
    await page.getByRole('button', { name: 'Delete this key' }).click();
    await page.getByRole('dialog').getByText('this key alone').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete the key' }).click();
    await page.getByText('Choose a key to read it.').waitFor();
    assert.equal(await page.locator('.key-list a').count(), 0);
    assert.equal((await worker.keys('THREADS_KV')).includes('threads:doomed'), false);
  });

  test('tells a key that is not there', async () => {
    await page.goto(`${worker.url}#/data/THREADS_KV/threads%3A/threads%3Anobody`);
    await page.locator('.detail').getByRole('alert').getByText('UNKNOWN_KEY').waitFor();
  });
});

describe('for everyone', () => {
  test('the keyboard is enough', async () => {
    await saveThread('one', 'kim', 1);
    await saveThread('two', 'kim', 1);
    await open('kim');
    await page.locator('.threads a').nth(1).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor({ state: 'hidden' });
    await page.keyboard.press('/');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'message');
    await page.keyboard.type('n ? d');
    assert.equal(await page.locator('#message').inputValue(), 'n ? d', 'letters are letters where one writes');
    await page.locator('.threads a').first().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.locator('.thread-title', { hasText: 'one' }).waitFor();
    await page.keyboard.press('d');
    await page.locator('.notice').waitFor();
    await page.keyboard.press('c');
    await page.locator('.thread-title', { hasText: 'one' }).waitFor();
    await page.keyboard.press('n');
    await page.locator('.thread-title', { hasText: 'New conversation' }).waitFor();
    await page.keyboard.press('Tab');
  });

  for (const theme of /** @type {const} */ (['light', 'dark'])) {
    for (const width of [1440, 390]) {
      test(`axe finds nothing serious, ${theme}, ${width} pixels wide`, async () => {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
        await open(`axe-${theme}-${width}`);
        await say('hello');
        await page
          .locator('.step')
          .first()
          .evaluate((step) => step.setAttribute('open', ''));
        const found = [];
        for (const view of ['chat', 'storage', 'conversations', 'data/MESSAGES_KV/messages:']) {
          await page.evaluate((hash) => location.assign(hash), `#/${view}`);
          if (view.startsWith('data')) {
            await page.locator('.key-list a').first().click();
            await page.locator('.meaning').waitFor({ state: 'visible' });
          }
          await page.waitForTimeout(200); // colours change over 120 ms
          found.push(...(await seriousFindings()).map((finding) => `${view}: ${finding}`));
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(overflow <= 0, `${view} is ${overflow} pixels too wide`);
        }
        assert.deepEqual(found, []);
      });
    }
  }

  test('a theme that was chosen stays', async () => {
    await open('leo');
    await page.getByRole('button', { name: 'Theme: auto' }).click();
    await page.getByRole('button', { name: 'Theme: light' }).click();
    await page.reload();
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).colorScheme), 'dark');
  });
});

test('nothing was asked of another site, and nothing failed inside the page', () => {
  const elsewhere = requested.filter((url) => ![...origins, 'data:'].some((ours) => url.startsWith(ours)));
  assert.deepEqual(elsewhere, []);
  assert.deepEqual(worker.fetched(), []);
  assert.deepEqual(complaints, []);
});

/** What axe-core takes for serious or critical on the page as it is now. @returns {Promise<string[]>} */
async function seriousFindings() {
  // Past the page's own policy, which lets no script in that is not its own.
  await page.evaluate(`if (!window.axe) { ${AXE} }`);
  const violations = await page.evaluate(`axe.run().then(({ violations }) => violations)`);
  return /** @type {any[]} */ (violations)
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map((/** @type {any} */ { html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
    );
}
