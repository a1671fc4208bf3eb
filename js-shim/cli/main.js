import { Command, CommanderError } from 'commander';
import { StoreError } from '../store/errors.js';
import { addErase } from './commands/erase.js';
import { addExport } from './commands/export.js';
import { addImport } from './commands/import.js';
import { addList } from './commands/list.js';
import { addMigrate } from './commands/migrate.js';
import { addPrune } from './commands/prune.js';
import { addRepair } from './commands/repair.js';
import { addShow } from './commands/show.js';
import { addStats } from './commands/stats.js';
import { addUpgrade } from './commands/upgrade.js';
import { addVerify } from './commands/verify.js';
import { Interrupted, Unfinished, UsageError, commandThatGoesOn } from './errors.js';
import { harmless } from './output.js';

/** What mkv ends with. */
export const EXIT = { fine: 0, findings: 1, usage: 2, failed: 3, interrupted: 130 };

/** Codes of errors that another command line avoids. */
const OF_USAGE = ['INVALID_ARGUMENT', 'MISSING_BINDING', 'KEY_TOO_LONG'];

/** @typedef {{ findings: boolean }} Outcome what commands tell: whether there is something to look at */

/**
 * The command line.
 * @param {string[]} argv without the program's name
 * @returns {Promise<number>} the exit status
 */
export async function main(argv) {
  process.stdout.on('error', endQuietly);
  /** @type {Outcome} */
  const outcome = { findings: false };
  try {
    await makeProgram(outcome).parseAsync(argv, { from: 'user' });
    return outcome.findings ? EXIT.findings : EXIT.fine;
  } catch (cause) {
    return statusOf(cause, argv);
  }
}

/** Who reads the output, such as head, may have had enough. @param {NodeJS.ErrnoException} error */
function endQuietly({ code }) {
  process.exit(code === 'EPIPE' ? EXIT.fine : EXIT.failed);
}

/** @param {Outcome} outcome */
function makeProgram(outcome) {
  const program = new Command('mkv')
    .description("Look after an AI agent's memory in Workers KV.")
    .showHelpAfterError('(mkv --help tells more)')
    .addHelpText('after', EPILOGUE)
    .exitOverride();
  for (const add of [
    addList,
    addShow,
    addStats,
    addVerify,
    addRepair,
    addUpgrade,
    addMigrate,
    addExport,
    addImport,
    addErase,
    addPrune,
  ]) {
    add(program, outcome);
  }
  return program;
}

const EPILOGUE = `
Where to: --account-id and --namespace-prefix or --namespace, with the token in the variable CLOUDFLARE_API_TOKEN;
or --local, the state of wrangler dev in this directory.
Exit status: 0 fine, 1 findings, 2 wrong use, 3 failed, 130 interrupted.

Example:
  $ mkv verify --local`;

/**
 * Say what went wrong.
 * @param {unknown} cause
 * @param {string[]} argv
 * @returns {number} the exit status
 */
function statusOf(cause, argv) {
  if (cause instanceof CommanderError) {
    // What is asked for is fine, and said already; so is what is wrong.
    const isAnswer = cause.exitCode === 0;
    return isAnswer ? EXIT.fine : EXIT.usage;
  }
  const message = cause instanceof Error ? cause.message : String(cause);
  process.stderr.write(`mkv: ${harmless(message)}\n`);
  if (cause instanceof Interrupted || cause instanceof Unfinished) {
    process.stderr.write(`To go on:\n\n  ${commandThatGoesOn(argv, cause.cursor)}\n\n`);
  }
  if (cause instanceof Interrupted) return EXIT.interrupted;
  const isOfUsage = cause instanceof UsageError || (cause instanceof StoreError && OF_USAGE.includes(cause.code));
  return isOfUsage ? EXIT.usage : EXIT.failed;
}
