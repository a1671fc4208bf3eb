/* What is in the npm package. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { INSTALLED, TARBALL } from '../support/consumer.js';

const TARBALL_BYTES_MAX = 250_000;

const read = (/** @type {string} */ path) => readFileSync(join(INSTALLED, path), 'utf8');
const manifest = JSON.parse(read('package.json'));
const files = globSync('**', { cwd: INSTALLED, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(INSTALLED.length + 1));

describe('the package', () => {
  it('is small', () => {
    const { size } = statSync(TARBALL);
    assert.ok(size <= TARBALL_BYTES_MAX, `${size} bytes`);
  });

  it('may be published, and says under which licence', () => {
    assert.equal(manifest.private, undefined);
    assert.equal(manifest.license, 'MIT');
    assert.match(read('LICENSE'), /^MIT License\n/);
    assert.match(read('CHANGELOG.md'), new RegExp(`^## ${manifest.version}$`, 'm'));
  });

  it('has the notices of what is linked into the engine', () => {
    const notices = read('build/THIRD-PARTY-NOTICES');
    for (const holder of ['Dave Gamble', 'wasi-libc contributors', 'Rich Felker']) {
      assert.ok(notices.includes(holder), holder);
    }
  });

  it('has everything that its exports and imports name', () => {
    const paths = JSON.stringify([manifest.exports, manifest.imports]).match(/\.\/[^"]+/g) ?? [];
    assert.ok(paths.length >= 8);
    assert.deepEqual(
      paths
        .filter((path) => !path.startsWith('./kv-store"') && !existsSync(join(INSTALLED, path)))
        .filter((path) => !Object.keys(manifest.exports).includes(path)),
      [],
    );
  });

  it('has what is allowed, and nothing else: no test, no C, no Worker of make dev, no file that begins with a dot', () => {
    const docs = globSync('docs/*.md').filter(
      (file) => !/(contributing|dev-worker|architecture|performance|threat-model|trust)\.md$/.test(file),
    );
    const shim = globSync(['js-shim/*.js', 'js-shim/{care,cli,engine,kv,mastra,store}/**/*.{js,d.ts}']);
    const built = ['build/store.wasm', 'build/store.asyncify.wasm', 'build/THIRD-PARTY-NOTICES'];
    const texts = ['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md', 'package.json'];
    const ofTypes = files.filter((file) => /^build\/types\/([a-z-]+\/)?[a-z-]+\.d\.ts$/.test(file)); // judged below
    assert.deepEqual(files.toSorted(), [...docs, ...shim, ...built, ...texts, ...ofTypes].sort());
  });

  it('runs nothing when it is installed', () => {
    const atInstall = ['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare', 'postprepare'];
    assert.deepEqual(
      Object.keys(manifest.scripts ?? {}).filter((name) => atInstall.includes(name)),
      [],
    );
    assert.ok(!files.includes('binding.gyp')); // for which npm would run node-gyp
  });

  it('holds no secret, and no path of the machine that made it', () => {
    for (const file of files.filter((name) => !name.endsWith('.wasm'))) {
      const text = read(file);
      assert.doesNotMatch(
        text,
        /-----BEGIN|_authToken|npm_[A-Za-z0-9]{36}|gh[pousr]_[A-Za-z0-9]{36}|AKIA[0-9A-Z]{16}/,
        file,
      );
      assert.ok(!text.includes(process.cwd()), file);
    }
    for (const file of ['build/store.wasm', 'build/store.asyncify.wasm']) {
      assert.ok(!readFileSync(join(INSTALLED, file), 'latin1').includes(process.cwd()), file);
    }
  });

  it('has the command mkv, and depends on what that needs', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [join(INSTALLED, manifest.bin.mkv), '--help']);
    assert.match(stdout, /^Usage: mkv /);
    const imported = files
      .filter((file) => file.startsWith('js-shim/cli/'))
      .flatMap((file) =>
        [...read(file).matchAll(/(?:from ?|import\()["']((?!\.|node:)[^"']+)["']/g)].map(([, name]) => name),
      );
    assert.deepEqual([...new Set(imported)].sort(), Object.keys(manifest.dependencies).sort());
  });

  it('has docs whose links lead somewhere', () => {
    // What is in the repository alone is linked to as well: the page on npm shows where that is.
    const isElsewhere = (/** @type {string} */ target) =>
      /^(examples|docs\/images)\/|^docs\/(contributing|dev-worker|architecture|performance|threat-model|trust)\.md$|\.svg$/.test(
        target,
      );
    const broken = files
      .filter((file) => file.endsWith('.md'))
      .flatMap((file) =>
        [...read(file).matchAll(/\]\((?!https?:)([^)#\s]+)/g)].map(([, target]) => join(file, '..', target)),
      )
      .filter((target) => !isElsewhere(target) && !existsSync(join(INSTALLED, target)));
    assert.deepEqual(broken, []);
  });

  it('has declarations with comments, and no others than those that the entries lead to', () => {
    const declared = files.filter((file) => file.endsWith('.d.ts') && file.startsWith('build/types/'));
    const imported = declared.flatMap((file) =>
      [...read(file).matchAll(/['"](\.\.?\/[^'"]+)\.js['"]/g)].map(([, target]) => `${join(file, '..', target)}.d.ts`),
    );
    const entries = ['index', 'kv-store', 'care'].map((name) => `build/types/${name}.d.ts`);
    assert.deepEqual(declared.toSorted(), [...new Set([...entries, ...imported])].sort());
    assert.match(read('build/types/kv-store.d.ts'), /\* An agent's memory in Workers KV/);
    assert.match(read('build/types/mastra/store.d.ts'), /\* Mastra's storage on Cloudflare Workers KV\./);
    assert.match(read('build/types/store/options.d.ts'), /begins every key, so that stores can share namespaces/);
  });
});
