import { stats } from '../../care.js';
import { collectAll, withConnection, withStore } from '../connection.js';
import { countKeys } from '../count.js';
import { runTask } from '../long-task.js';
import { formatBytes, print, printDue, printJson, printTable } from '../output.js';

/** @import { Command } from 'commander' */
/** @import { VerifyOptions } from './verify.js' */

/** @param {Command} program */
export function addStats(program) {
  withConnection(
    program
      .command('stats')
      .description('count records and bytes by table, and tell what storing them costs')
      .option('--table <table>', 'only this one; may be given several times', collectAll)
      .option('--cursor <cursor>', 'go on where a run was interrupted')
      .addHelpText('after', '\nExample:\n  $ mkv stats --local'),
  ).action((/** @type {VerifyOptions} */ options) =>
    withStore(options, async ({ store }) => {
      const { table: tables, cursor, json } = options;
      const count = () => countKeys(store);
      const reports = await runTask((step) => stats(store, { tables, ...step }), { cursor, json, count });
      const report = reports[reports.length - 1];
      if (json) {
        printJson({ tables: report.tables, bytes: report.bytes, usdPerMonth: report.usdPerMonth, due: report.due });
      } else printStats(report);
    }),
  );
}

/** @param {Awaited<ReturnType<typeof stats>>} report */
function printStats({ tables, bytes, usdPerMonth, due }) {
  const rows = Object.entries(tables).map(([table, { records, keys, bytes: size, oldest = '', newest = '' }]) => [
    ...[table, records, keys, formatBytes(size), oldest, newest],
  ]);
  printTable([['table', 'records', 'keys', 'bytes', 'oldest', 'newest'], ...rows]);
  print(`${formatBytes(bytes)}, ${usdPerMonth.toFixed(2)} USD a month beyond the free GB`);
  printDue(due);
}
