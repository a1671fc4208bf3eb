/* Loaded in front of every file of tests by run.js. node:test waits until a file's event loop is empty, so a server that
 * a failed hook left running would hold up everything. Such a file is ended here, and fails, saying what it left. (Its own
 * --test-force-exit ends a file before its last results are written, which then are missing from the sum.) */
import { after } from 'node:test';

const GRACE_MS = 10_000;

after(() => {
  setTimeout(() => {
    const resources = process.getActiveResourcesInfo().filter((name) => name !== 'Timeout');
    process.stderr.write(`The tests ended ${GRACE_MS} ms ago and left running: ${resources.join(', ')}\n`);
    process.exit(1);
  }, GRACE_MS).unref();
});
