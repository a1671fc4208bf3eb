import { countSource, migrateFromMastra } from '../../care/migrate.js';
import { collect, restOptions, withConnection, withStore } from '../connection.js';
import { UsageError } from '../errors.js';
import { runTask } from '../long-task.js';
import { formatCounted, print, printJson, printProblems, printTable } from '../output.js';

/** @import { Command } from 'commander' */
/** @import { Connection, ConnectionOptions } from '../connection.js' */
/** @import { Outcome } from '../main.js' */

/**
 * @typedef {ConnectionOptions & {
 *   fromAccountId?: string, fromNamespacePrefix?: string, fromNamespace?: Record<string, string>,
 *   fromBinding?: Record<string, string>, fromKeyPrefix?: string,
 *   dryRun?: boolean, cursor?: string,
 * }} MigrateOptions
 */

/**
 * @param {Command} program
 * @param {Outcome} outcome
 */
export function addMigrate(program, outcome) {
  withConnection(
    program
      .command('migrate')
      .description(
        "move everything from Mastra's own Cloudflare adapter to this store; run again, it moves what is new",
      )
      .option('--from-account-id <id>', 'the account of the other store, when it is another one')
      .option('--from-namespace-prefix <prefix>', "begins its namespaces' titles, {prefix}_mastra_threads and so on")
      .option('--from-namespace <table=id>', 'one of its namespaces by its id; once for each table', collect)
      .option('--from-key-prefix <prefix>', 'begins its keys')
      .option('--from-binding <table=name>', 'with --local: one of its bindings; once for each table', collect)
      .option('--dry-run', 'judge all of it, and write nothing')
      .option('--cursor <cursor>', 'go on where a run was interrupted')
      .addHelpText('after', '\nExample:\n  $ mkv migrate --from-namespace-prefix app --namespace-prefix memory_'),
  ).action((/** @type {MigrateOptions} */ options) =>
    withStore(
      options,
      async (connection) => {
        outcome.findings = await migrate(options, connection);
      },
      options.dryRun ? 'empty' : 'made',
    ),
  );
}

/**
 * @param {MigrateOptions} options
 * @param {Connection} connection
 * @returns {Promise<boolean>} whether there were problems
 */
async function migrate(options, { store, bindings }) {
  const { dryRun, json, cursor } = options;
  const from = sourceOf(options, bindings);
  if (!dryRun) await store.init();
  const task = { cursor, json, count: () => countSource(from), callsAtOnce: 5_000 };
  const reports = await runTask((step) => migrateFromMastra(store, { from, dryRun, ...step }), task);
  const problems = reports.flatMap((report) => report.problems);
  const tables = Object.entries(reports[reports.length - 1].tables);
  if (json) {
    printJson({ tables: Object.fromEntries(tables), problems });
    return problems.length > 0;
  }
  const header = ['table', 'found', dryRun ? 'to be written' : 'written', 'unchanged', 'newer here'];
  const rows = tables.map(([table, moved]) => [table, moved.records, moved.written, moved.unchanged, moved.newer]);
  printTable([header, ...rows]);
  printProblems(problems);
  print(
    problems.length > 0
      ? `Could not be moved: ${formatCounted(problems.length, 'record')}`
      : dryRun
        ? 'All can be moved'
        : 'All is moved',
  );
  return problems.length > 0;
}

/**
 * @param {MigrateOptions} options
 * @param {Connection['bindings']} bindings
 */
function sourceOf(options, bindings) {
  const { fromAccountId, fromNamespacePrefix: namespacePrefix, fromNamespace: namespaces, fromKeyPrefix } = options;
  const keyPrefix = fromKeyPrefix ?? '';
  if (!bindings || fromAccountId || namespacePrefix || namespaces) {
    return { ...restOptions(fromAccountId ?? options.accountId), namespacePrefix, namespaces, keyPrefix };
  }
  const named = options.fromBinding ?? mastraNames(Object.keys(bindings));
  for (const [table, name] of Object.entries(named)) {
    if (!bindings[name]) throw new UsageError(`--from-binding ${table}=${name}: there is no binding of that name`);
  }
  const chosen = Object.entries(named).map(([table, name]) => [table, bindings[name]]);
  if (chosen.length === 0) {
    throw new UsageError('Say where the other store is: --from-binding mastra_threads=NAME, and so on.');
  }
  return { bindings: Object.fromEntries(chosen), keyPrefix };
}

/** Bindings that are named after Mastra's tables. @param {string[]} names */
const mastraNames = (names) =>
  Object.fromEntries(names.filter((name) => /^mastra_/i.test(name)).map((name) => [name.toLowerCase(), name]));
