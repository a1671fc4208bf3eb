/* Histories one after another, until one fails: node tests/histories/soak.js --seeds=2000. */
import { parseArgs } from 'node:util';
import { loadProgram, readModules } from './isolate.js';
import { runSeed } from './seed.js';

const PROGRESS_MS = 30_000;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    first: { type: 'string' },
    seconds: { type: 'string' },
    module: { type: 'string' },
    'no-shrink': { type: 'boolean' },
  },
});

/** What to run: SEED alone, or as many as are asked for. */
function range() {
  if (process.env.SEED !== undefined) return { first: Number(process.env.SEED), count: 1, ms: Infinity };
  const { seeds, seconds, first = '1' } = values;
  const count = seeds === undefined && seconds === undefined ? 1000 : Number(seeds ?? Infinity);
  return { first: Number(first), count, ms: 1000 * Number(seconds ?? Infinity) };
}

async function soak() {
  const pack = { program: await loadProgram(), modules: readModules(values.module) };
  const { first, count, ms } = range();
  const begin = performance.now();
  let told = begin;
  const total = { histories: 0, steps: 0, calls: 0 };
  const sum = () => {
    const { histories: done, steps, calls } = total;
    const seconds = Math.round((performance.now() - begin) / 1000);
    return `${done} histories, ${steps} steps, ${calls} KV calls, seeds ${first} to ${first + done - 1}, ${seconds} s`;
  };
  for (let seed = first; seed < first + count && performance.now() - begin < ms; seed++) {
    const { counts, failure } = await runSeed(seed, pack, { shrink: !values['no-shrink'] });
    if (failure) {
      const { history, error, shrinks } = failure;
      console.log(`SEED=${seed} fails, after ${total.histories} that did not: ${error.stack}`);
      console.log(`The history, shrunk ${shrinks} times:\n${JSON.stringify(history)}`);
      console.log(`failed at seed ${seed}: ${sum()}`);
      process.exitCode = 1;
      return;
    }
    total.histories++;
    total.steps += counts.steps;
    total.calls += counts.calls;
    if (performance.now() - told > PROGRESS_MS) {
      told = performance.now();
      console.log(sum());
    }
  }
  console.log(sum());
}

await soak();
