/* `make load`: conversations at once against the Worker in workerd, for a time. The exit status is 1 when
 * something was lost, doubled, hung or failed, and when memory grew. */
import { parseArgs } from 'node:util';
import { newSeed } from '../support/random.js';
import { load } from './load.js';
import { checkMemory, format } from './report.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '600' },
    conversations: { type: 'string', default: '50' },
  },
});
const [seconds, conversations, seed] = [Number(values.seconds), Number(values.conversations), newSeed()];

const goesOn = (/** @type {number} */ passed) => passed < seconds;
const loaded = await load({ conversations, seed, goesOn, progress: console.error });
checkMemory(loaded);
console.log(format(loaded, { conversations, seed }));
process.exitCode = loaded.tally.violationCount > 0 ? 1 : 0;
