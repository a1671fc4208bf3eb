import { Argument } from 'commander';
import { withConnection, withStore } from '../connection.js';
import { printJson } from '../output.js';

/** @import { Command } from 'commander' */
/** @import { KVStore } from '../../kv-store.js' */
/** @import { ConnectionOptions } from '../connection.js' */
/** @import { Outcome } from '../main.js' */

/** @typedef {ConnectionOptions & { workflow?: string }} ShowOptions */

/** What can be shown. @type {Record<string, (store: KVStore, id: string, of?: string) => Promise<any>>} */
const RECORDS = {
  thread: (store, threadId) => store.getThreadById({ threadId }),
  message: async (store, id) => (await store.listMessagesById({ messageIds: [id] })).messages[0],
  resource: (store, resourceId) => store.getResourceById({ resourceId }),
  run: (store, runId, workflowName) => store.getWorkflowRunById({ runId, workflowName }),
  score: (store, id) => store.getScoreById({ id }),
  task: (store, id) => store.getTask(id),
};

/**
 * @param {Command} program
 * @param {Outcome} outcome
 */
export function addShow(program, outcome) {
  withConnection(
    program
      .command('show')
      .description('show one record, in JSON')
      .addArgument(new Argument('<what>', 'what it is').choices(Object.keys(RECORDS)))
      .argument('<id>')
      .option('--workflow <name>', 'of a run: the workflow, where several have a run of this id')
      .addHelpText('after', '\nExample:\n  $ mkv show thread t1 --local'),
  ).action((/** @type {string} */ what, /** @type {string} */ id, /** @type {ShowOptions} */ options) =>
    withStore(options, async ({ store }) => {
      const record = await RECORDS[what](store, id, options.workflow);
      outcome.findings = !record;
      if (record) printJson(record);
      else process.stderr.write(`mkv: there is no ${what} "${id}"\n`);
    }),
  );
}
