import { prune } from '../../care.js';
import { confirm } from '../confirm.js';
import { collect, withConnection, withStore } from '../connection.js';
import { countKeys } from '../count.js';
import { runWhole } from '../long-task.js';
import { printJson, printTable } from '../output.js';

/** @import { Command } from 'commander' */
/** @import { ConnectionOptions } from '../connection.js' */

/** @typedef {ConnectionOptions & { maxAge: Record<string, string>, yes?: boolean }} PruneOptions */

/** @param {Command} program */
export function addPrune(program) {
  withConnection(
    program
      .command('prune')
      .description('delete records that are older than an age')
      .requiredOption(
        '--max-age <table=age>',
        'such as messages=90d; units: ms s m h d w; once for each table',
        collect,
      )
      .option('--yes', 'do it without being asked')
      .addHelpText('after', '\nExample:\n  $ mkv prune --max-age messages=90d --max-age threads=1w --local --yes'),
  ).action((/** @type {PruneOptions} */ options) =>
    withStore(options, async ({ store }) => {
      const { maxAge, json } = options;
      const ages = Object.entries(maxAge).map(([table, age]) => `${table} older than ${age}`);
      await confirm(`Deleted for good: ${ages.join(', ')}.`, options);
      const task = { json, count: () => countKeys(store) };
      const results = await runWhole((onProgress) => prune(store, { maxAge, onProgress }), task);
      if (json) printJson(results.map(({ table, deleted }) => ({ table, deleted })));
      else printTable([['table', 'deleted'], ...results.map(({ table, deleted }) => [table, deleted])]);
    }),
  );
}
