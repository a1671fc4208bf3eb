/** What this thread has computed, in ms: a clock that other processes do not advance. */
export function clock() {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
