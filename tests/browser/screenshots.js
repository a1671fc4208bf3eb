/* Renders docs/images: the page over a conversation of some turns, light and dark, and as a phone shows it.
 *
 *   make screenshots */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { KVStore } from '../../js-shim/kv-store.js';
import { startBrowser } from '../support/browser.js';
import { bundleWorker, startWorker } from '../support/worker.js';

/** @import { Page } from 'playwright-core' */

const IMAGES = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const CHAT = { width: 1280, height: 880 };
const DATA = { width: 1280, height: 760 };
const PHONE = { width: 390, height: 780 };
const MINUTE_MS = 60_000;
const OTHERS = ['trip-to-tallinn', 'bread-with-rye', 'names-for-a-cat', 'tax-return', 'mushrooms-in-october'];
const SAID = [
  'I live in Riga and I like black tea.',
  'My cat is called Pelmeni.',
  'Where do I live?',
  'I like black tea, remember?',
  'My cat is called Pelmeni.',
];

await bundleWorker('screenshots');
const [browser, worker] = await Promise.all([startBrowser(), startWorker()]);
try {
  await mkdir(IMAGES, { recursive: true });
  await saveOthers();
  const context = await browser.newContext({ viewport: CHAT, colorScheme: 'light' });
  const page = await context.newPage();
  await page.goto(`${worker.url}#/chat/ada`);
  for (const text of SAID) await say(page, text);
  await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement).blur());
  const { hash } = new URL(page.url());
  await shoot(page, 'chat-light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await shoot(page, 'chat-dark');

  await page.setViewportSize(DATA);
  await page.goto(`${worker.url}#/data/MESSAGES_KV`);
  await page.locator('.key-list a').nth(3).click();
  await page.locator('.meaning').waitFor();
  await shoot(page, 'data-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await shoot(page, 'data-light');

  await page.setViewportSize(PHONE);
  for (const view of ['chat', 'storage']) {
    await page.evaluate((place) => location.assign(place), hash.replace('chat', view));
    await page.locator(`.pane.${view}`).waitFor();
    await shoot(page, `phone-${view}`);
  }
} finally {
  await Promise.all([browser.close(), worker.stop()]);
}

/** Conversations of the last hours, for the list. */
async function saveOthers() {
  const store = new KVStore({
    bindings: { threads: await worker.namespace('THREADS_KV'), messages: await worker.namespace('MESSAGES_KV') },
  });
  for (const [at, id] of OTHERS.entries()) {
    const time = new Date(Date.now() - (at + 1) ** 3 * 17 * MINUTE_MS);
    await store.saveThread({ thread: { id, resourceId: 'ada', createdAt: time, updatedAt: time } });
  }
}

/** @param {Page} page @param {string} text */
async function say(page, text) {
  const answers = page.locator('.message.assistant:not(.is-coming)');
  const before = await answers.count();
  await page.locator('#message').fill(text);
  await page.keyboard.press('Enter');
  await answers.nth(before).waitFor();
  await page.locator('.action', { hasText: text }).waitFor();
}

/** @param {Page} page @param {string} name */
async function shoot(page, name) {
  await page.waitForTimeout(300); // colours change over 120 ms
  await page.screenshot({ path: `${IMAGES}${name}.png` });
  console.log(`docs/images/${name}.png`);
}
