import { Declined, UsageError } from './errors.js';

/**
 * Ask before something is done that cannot be undone. Where nobody can be asked, --yes must say it.
 * @param {string} what is about to be done, as a sentence
 * @param {{ yes?: boolean }} options
 */
export async function confirm(what, { yes }) {
  if (yes) return;
  if (!process.stdin.isTTY) throw new UsageError(`${what} To do that without being asked, give --yes.`);
  const { default: ask } = await import('@inquirer/confirm');
  const answer = await ask({ message: `${what} Go on?`, default: false }, { output: process.stderr }).catch(
    () => false,
  );
  if (!answer) throw new Declined('nothing was done');
}
