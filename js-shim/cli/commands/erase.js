import { eraseResource } from '../../care.js';
import { confirm } from '../confirm.js';
import { withConnection, withStore } from '../connection.js';
import { countKeys } from '../count.js';
import { runTask } from '../long-task.js';
import { formatCounted, oneLine, print, printJson, printTable } from '../output.js';

/** @import { Command } from 'commander' */
/** @import { Outcome } from '../main.js' */
/** @import { VerifyOptions } from './verify.js' */

/**
 * @param {Command} program
 * @param {Outcome} outcome
 */
export function addErase(program, outcome) {
  withConnection(
    program
      .command('erase')
      .description('delete all that belongs to one person, and verify that nothing is left')
      .argument('<resource>', 'whose: a resourceId')
      .option('--yes', 'do it without being asked')
      .option('--cursor <cursor>', 'go on where a run was interrupted')
      .addHelpText('after', '\nExample:\n  $ mkv erase ada --local --yes'),
  ).action((/** @type {string} */ resourceId, /** @type {VerifyOptions & { yes?: boolean }} */ options) =>
    withStore(options, async ({ store }) => {
      await confirm(
        `All threads, messages, runs, tasks and the memory of "${resourceId}" are deleted for good.`,
        options,
      );
      const { cursor, json } = options;
      const task = { cursor, json, count: () => countKeys(store), callsAtOnce: 500 };
      const reports = await runTask((step) => eraseResource(store, { resourceId, ...step }), task);
      const { erased, verified, mentions } = reports[reports.length - 1];
      outcome.findings = !verified;
      if (json) printJson({ erased, verified, mentions });
      else printErased({ erased, verified, mentions });
    }),
  );
}

/** @param {{ erased: Record<string, number>, verified: boolean, mentions: string[] }} report */
function printErased({ erased, verified, mentions }) {
  printTable([['table', 'keys erased'], ...Object.entries(erased)]);
  if (mentions.length > 0) {
    print(`Left, for it is someone else's, though it holds the id as a text: ${formatCounted(mentions.length, 'key')}`);
    for (const key of mentions) print(`    ${oneLine(key)}`);
  }
  print(verified ? 'Verified: nothing of theirs is left' : 'Something is written all the while: run it again');
}
