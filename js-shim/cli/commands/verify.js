import { verify } from '../../care.js';
import { collectAll, withConnection, withStore } from '../connection.js';
import { countKeys } from '../count.js';
import { runTask } from '../long-task.js';
import { formatCounted, print, printDue, printJson, printProblems, printTable } from '../output.js';

/** @import { Command } from 'commander' */
/** @import { Problem } from '../../care.js' */
/** @import { TableReport } from '../../care/report.js' */
/** @import { ConnectionOptions } from '../connection.js' */
/** @import { Outcome } from '../main.js' */

/** @typedef {ConnectionOptions & { table?: string[], cursor?: string }} VerifyOptions */

/**
 * @param {Command} program
 * @param {Outcome} outcome
 */
export function addVerify(program, outcome) {
  withConnection(
    program
      .command('verify')
      .description('judge every key: whether records are sound, and all that points to them is right')
      .option('--table <table>', 'only this one; may be given several times', collectAll)
      .option('--cursor <cursor>', 'go on where a run was interrupted')
      .addHelpText('after', '\nExample:\n  $ mkv verify --local'),
  ).action((/** @type {VerifyOptions} */ options) =>
    withStore(options, async ({ store }) => {
      const { table: tables, cursor, json } = options;
      const count = () => countKeys(store);
      const reports = await runTask((step) => verify(store, { tables, ...step }), { cursor, json, count });
      const { tables: counts, unsettled, due } = reports[reports.length - 1];
      const problems = reports.flatMap((report) => report.problems);
      outcome.findings = problems.length > 0;
      if (json) {
        printJson({ tables: counts, problems, unsettled, due });
        return;
      }
      printFindings({ tables: counts, problems, unsettled });
      printDue(due);
    }),
  );
}

/**
 * What was found, for people to read.
 * @param {{ tables: Record<string, TableReport>, problems: Problem[], unsettled: number }} findings
 */
export function printFindings({ tables, problems, unsettled }) {
  const rows = Object.entries(tables).map(([table, { records, keys }]) => [table, records, keys]);
  printTable([['table', 'records', 'keys'], ...rows]);
  printProblems(problems);
  if (unsettled > 0) {
    print(`Written just now, to be looked at again in five minutes: ${formatCounted(unsettled, 'key')}`);
  }
  print(problems.length > 0 ? formatCounted(problems.length, 'problem') : 'All is well');
}
