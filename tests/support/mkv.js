/* The command line, run as users run it. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MKV = fileURLToPath(new URL('../../js-shim/cli/mkv.js', import.meta.url));

/** @typedef {{ status: number | null, stdout: string, stderr: string }} Outcome */
/**
 * @typedef {object} RunOptions
 * @property {Record<string, string | undefined>} [env] besides this program's own, of which Cloudflare's are left out
 * @property {string} [cwd]
 * @property {(child: import('node:child_process').ChildProcess) => void} [started] called once it runs
 */

/**
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<Outcome>}
 */
export function mkv(args, { env = {}, cwd, started } = {}) {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('CLOUDFLARE_'));
  const child = spawn(process.execPath, [MKV, ...args], {
    cwd,
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk) => (stderr += chunk));
  started?.(child);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
}

/**
 * The variables that lead to an account.
 * @param {{ accountId: string, apiToken: string, baseUrl: string }} options
 */
export const envOf = ({ accountId, apiToken, baseUrl }) => ({
  CLOUDFLARE_ACCOUNT_ID: accountId,
  CLOUDFLARE_API_TOKEN: apiToken,
  CLOUDFLARE_API_BASE_URL: baseUrl,
});

/**
 * The words of a command that mkv printed, without its name.
 * @param {string} line
 */
export const wordsOf = (line) => line.trim().split(/\s+/).slice(1).map((word) => word.replace(/^'(.*)'$/, '$1')); // prettier-ignore
