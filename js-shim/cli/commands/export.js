import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { exportRecords } from '../../care.js';
import { collectAll, withConnection, withStore } from '../connection.js';
import { countKeys } from '../count.js';
import { runWhole } from '../long-task.js';
import { formatCounted } from '../output.js';

/** @import { Command } from 'commander' */
/** @import { VerifyOptions } from './verify.js' */

/** @param {Command} program */
export function addExport(program) {
  withConnection(
    program
      .command('export')
      .description('write all records, or all of one person, as JSON Lines')
      .argument('[file]', 'where to; to the standard output when omitted')
      .option('--resource <id>', 'only what belongs to this person')
      .option('--table <table>', 'only this one; may be given several times', collectAll)
      .addHelpText('after', '\nExample:\n  $ mkv export memory.jsonl --local'),
  ).action((/** @type {string | undefined} */ file, /** @type {VerifyOptions & { resource?: string }} */ options) =>
    withStore(options, async ({ store }) => {
      const { resource: resourceId, table: tables, json } = options;
      const count = () => countKeys(store);
      const write = (/** @type {AsyncIterable<string>} */ lines) =>
        file ? toFile(file, lines) : toStream(process.stdout, lines);
      const written = await runWhole((onProgress) => write(exportRecords(store, { tables, resourceId, onProgress })), {
        json,
        count,
      });
      process.stderr.write(`${formatCounted(written, 'line')}${file ? ` in ${file}` : ''}\n`);
    }),
  );
}

/**
 * Under its name stands a whole export or none.
 * @param {string} file
 * @param {AsyncIterable<string>} lines
 */
async function toFile(file, lines) {
  const part = `${file}.part`;
  const stream = createWriteStream(part);
  try {
    await once(stream, 'open');
    const written = await toStream(stream, lines);
    stream.end();
    await once(stream, 'close');
    await rename(part, file);
    return written;
  } catch (cause) {
    stream.destroy();
    await rm(part, { force: true });
    throw cause;
  }
}

/**
 * @param {NodeJS.WritableStream} stream
 * @param {AsyncIterable<string>} lines
 * @returns {Promise<number>} how many
 */
async function toStream(stream, lines) {
  let written = 0;
  for await (const line of lines) {
    if (!stream.write(`${line}\n`)) await once(stream, 'drain');
    written++;
  }
  return written;
}
