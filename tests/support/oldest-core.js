/* Loaded in front of tests (node --import), it puts the oldest @mastra/core, and a @mastra/memory of its time, that the package takes (tests/versions) in the
 * place of the repository's own. The version of Mastra is all the same to the kinds of KV, so one of them will do. */
import { registerHooks } from 'node:module';

const versions = new URL('../versions/package.json', import.meta.url).href;
registerHooks({
  resolve(specifier, context, next) {
    const [, name, part] = /^@mastra\/(core|memory)(\/.*|$)/.exec(specifier) ?? [];
    if (name === undefined) return next(specifier, context);
    return next(`${name}-oldest${part}`, { ...context, parentURL: versions });
  },
});
process.env.TEST_BACKENDS = '1';
process.env.TEST_CORE = 'oldest';
