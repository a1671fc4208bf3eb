import { upgrade } from '../../care.js';
import { confirm } from '../confirm.js';
import { withConnection, withStore } from '../connection.js';
import { runTask } from '../long-task.js';
import { formatCounted, print, printJson, printTable } from '../output.js';

/** @import { Command } from 'commander' */
/** @import { Outcome } from '../main.js' */
/** @import { VerifyOptions } from './verify.js' */

/** @typedef {Omit<Awaited<ReturnType<typeof upgrade>>, 'done' | 'cursor' | 'calls'>} Upgraded */

const WHAT =
  'Older versions of mastra-kv-wasm are refused from then on, so the new one must run everywhere; what the data lacks is ' +
  'written.';

/**
 * @param {Command} program
 * @param {Outcome} outcome
 */
export function addUpgrade(program, outcome) {
  withConnection(
    program
      .command('upgrade')
      .description('bring what older versions stored up to date')
      .option('--dry-run', 'only tell what would be done')
      .option('--yes', 'do it without being asked')
      .option('--cursor <cursor>', 'go on where a run was interrupted')
      .addHelpText('after', '\nExample:\n  $ mkv upgrade --local --dry-run'),
  ).action((/** @type {VerifyOptions & { dryRun?: boolean, yes?: boolean }} */ options) =>
    withStore(
      options,
      async ({ store }) => {
        const { cursor, json, dryRun } = options;
        if (!dryRun) await confirm(WHAT, options);
        const task = { cursor, json, callsAtOnce: 500 };
        const reports = await runTask(({ signal: _, ...step }) => upgrade(store, { dryRun, ...step }), task);
        const { version, steps, tables, written } = reports[reports.length - 1];
        outcome.findings = dryRun === true && (version.from < version.to || steps.length > 0);
        if (json) printJson({ version, steps, tables, written });
        else printUpgrade({ version, steps, tables, written }, dryRun === true);
      },
      options.dryRun ? 'there' : 'grown', // what the schema document says of a namespace that nothing was written to yet
    ),
  );
}

/**
 * @param {Upgraded} report
 * @param {boolean} isDry
 */
function printUpgrade({ version, steps, tables, written }, isDry) {
  if (version.from === version.to && steps.length === 0) {
    print(`Nothing is due: the data is of version ${version.to} of the schema`);
    return;
  }
  if (version.from < version.to) print(`Schema: version ${version.from || 'unknown'} to ${version.to}`);
  if (steps.length > 0) {
    print(`Steps: ${steps.join(', ')}`);
    printTable([['table', 'records'], ...Object.entries(tables).map(([table, { records }]) => [table, records])]);
  }
  print(`${formatCounted(written, 'key')} ${isDry ? 'would be ' : ''}written`);
}
