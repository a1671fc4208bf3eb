/* The memory of the workerd processes that a program started, which Linux alone shows. */
import { readFileSync, readdirSync } from 'node:fs';

/** @param {number} pid @returns {number[]} the processes that it started, and those that these did */
function descendantsOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) => {
      const children = readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean);
      return children.flatMap((child) => [Number(child), ...descendantsOf(Number(child))]);
    });
  } catch {
    return []; // it has ended
  }
}

/** @param {number} pid @returns {{ name: string, mib: number }} */
function statusOf(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const value = (/** @type {string} */ name) => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)?.[1] ?? '';
    return { name: value('Name'), mib: Number(value('VmRSS')) / 1024 };
  } catch {
    return { name: '', mib: 0 };
  }
}

/** @param {number} pid @returns {number} the resident memory of all workerd below it, in MiB; 0 where nothing tells */
export function workerdMiB(pid) {
  const processes = descendantsOf(pid).map(statusOf);
  return processes.reduce((sum, { name, mib }) => (name === 'workerd' ? sum + mib : sum), 0);
}
