import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { importRecords } from '../../care.js';
import { confirm } from '../confirm.js';
import { withConnection, withStore } from '../connection.js';
import { runTask } from '../long-task.js';
import { formatCounted, print, printJson } from '../output.js';

/** @import { Command } from 'commander' */
/** @import { VerifyOptions } from './verify.js' */

const WHAT = 'What is stored under the same keys is written over.';

/** @param {Command} program */
export function addImport(program) {
  withConnection(
    program
      .command('import')
      .description('write what an export holds')
      .argument('<file>', 'the export')
      .option('--yes', 'do it without being asked')
      .option('--cursor <cursor>', 'go on where a run was interrupted')
      .addHelpText('after', '\nExample:\n  $ mkv import memory.jsonl --local --yes'),
  ).action((/** @type {string} */ file, /** @type {VerifyOptions & { yes?: boolean }} */ options) =>
    withStore(
      options,
      async ({ store }) => {
        await access(file);
        await confirm(WHAT, options);
        await store.init();
        const { cursor, json } = options;
        const reports = await runTask((step) => importRecords(store, linesOf(file), step), {
          cursor,
          json,
          callsAtOnce: 500,
        });
        const { lines } = reports[reports.length - 1];
        if (json) printJson({ lines });
        else print(`${formatCounted(lines, 'line')} of ${file} written`);
      },
      'made',
    ),
  );
}

/**
 * The lines of a file, one after another. (Node's own readline takes U+2028 for a line's end, too, which JSON need not
 * escape.)
 * @param {string} file
 */
async function* linesOf(file) {
  let rest = '';
  for await (const chunk of createReadStream(file, 'utf8')) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}
