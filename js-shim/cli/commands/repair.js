import { repair } from '../../care.js';
import { confirm } from '../confirm.js';
import { collectAll, withConnection, withStore } from '../connection.js';
import { countKeys } from '../count.js';
import { runTask } from '../long-task.js';
import { formatCount, print, printJson } from '../output.js';
import { printFindings } from './verify.js';

/** @import { Command } from 'commander' */
/** @import { Outcome } from '../main.js' */
/** @import { VerifyOptions } from './verify.js' */

const WHAT =
  'What is derived from records is written anew where it is wrong, what points nowhere is deleted, and what cannot be ' +
  'read is moved to quarantine:{key}.';

/**
 * @param {Command} program
 * @param {Outcome} outcome
 */
export function addRepair(program, outcome) {
  withConnection(
    program
      .command('repair')
      .description('mend what verify finds; no record is lost')
      .option('--table <table>', 'only this one; may be given several times', collectAll)
      .option('--dry-run', 'only tell what would be done')
      .option('--yes', 'do it without being asked')
      .option('--cursor <cursor>', 'go on where a run was interrupted')
      .addHelpText('after', '\nExample:\n  $ mkv repair --local --dry-run'),
  ).action((/** @type {VerifyOptions & { dryRun?: boolean, yes?: boolean }} */ options) =>
    withStore(options, async ({ store }) => {
      const { table: tables, cursor, json, dryRun } = options;
      if (!dryRun) await confirm(WHAT, options);
      const count = () => countKeys(store);
      const task = { cursor, json, count, callsAtOnce: 500 };
      const reports = await runTask((step) => repair(store, { tables, dryRun, ...step }), task);
      const { tables: counts, unsettled, fixed, setAside } = reports[reports.length - 1];
      const problems = reports.flatMap((report) => report.problems);
      outcome.findings = dryRun === true && problems.length > 0;
      if (json) {
        printJson({ tables: counts, problems, unsettled, fixed, setAside });
        return;
      }
      printFindings({ tables: counts, problems, unsettled });
      print(dryRun ? 'Nothing was written' : `${formatCount(fixed)} mended, ${formatCount(setAside)} set aside`);
    }),
  );
}
