/* Removes the declarations that no entry of the package leads to: those of files that users never see.
 *
 *   node wasm/tools/prune-types.js build/types/index.d.ts build/types/kv-store.d.ts … */
import { globSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

const entries = process.argv.slice(2);
const reached = new Set(entries);
// A set's loop comes to what is added while it runs.
for (const path of reached) {
  const imports = readFileSync(path, 'utf8').matchAll(/(?:from|import\(?)\s*['"](\.[^'"]+)\.js['"]/g);
  for (const [, target] of imports) reached.add(join(dirname(path), `${target}.d.ts`));
}
for (const path of globSync(join(dirname(entries[0]), '**/*.d.ts'))) {
  if (!reached.has(path)) rmSync(path);
}
