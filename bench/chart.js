/* The CPU section of `make bench` as a picture: node bench/chart.js [build/bench.json] > docs/performance.svg
 *
 * A bar is how many times the operation takes what the JSON alone would take; the line is the target. */
import { readFileSync } from 'node:fs';

/** @type {{ cpu: import('./cpu.js').Row[] }} */
const { cpu } = JSON.parse(readFileSync(process.argv[2] ?? new URL('../build/bench.json', import.meta.url), 'utf8'));

/** What an operation may take of the JSON work of the same bytes, by how its row begins. */
const TARGETS = [
  { beginning: 'listMessages', ratio: 1.5 },
  { beginning: 'saveMessages', ratio: 2 },
  { beginning: 'loadWorkflowSnapshot', ratio: 1.5 },
  { beginning: 'persistWorkflowSnapshot', ratio: 2 },
];
const ROW = 22;
const NAMES = 250;
const BARS = 470;
const rows = cpu.filter(({ title }) => TARGETS.some(({ beginning }) => title.startsWith(beginning)));
const most = Math.max(...rows.map(({ ratio }) => ratio), 2);
const x = (/** @type {number} */ ratio) => NAMES + (ratio / most) * (BARS - 50);

/** @param {import('./cpu.js').Row} row @param {number} i */
function bar({ title, ratio }, i) {
  const { ratio: target } = /** @type {{ ratio: number }} */ (TARGETS.find((one) => title.startsWith(one.beginning)));
  const y = 40 + i * ROW;
  const line = `M${x(target).toFixed(1)} ${y - 2}v${ROW}`;
  return [
    `<text x="${NAMES - 8}" y="${y + 13}" text-anchor="end">${title}</text>`,
    `<rect x="${NAMES}" y="${y}" width="${(x(ratio) - NAMES).toFixed(1)}" height="${ROW - 5}" rx="2"/>`,
    `<path d="${line}"/>`,
    `<text x="${(x(ratio) + 6).toFixed(1)}" y="${y + 13}">${ratio.toFixed(1)}</text>`,
  ].join('');
}

const height = 50 + rows.length * ROW;
console.log(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${NAMES + BARS} ${height}" role="img" font-family="system-ui, sans-serif" font-size="12">
<title>CPU of what reads and writes payloads, as a multiple of the JSON work alone</title>
<style>text{fill:#333}rect{fill:#5b8def}path{stroke:#c0392b;stroke-width:2}@media(prefers-color-scheme:dark){text{fill:#ddd}}</style>
<text x="${NAMES}" y="20" font-weight="bold">times JSON.parse and Dates, or JSON.stringify; red: target</text>
${rows.map(bar).join('\n')}
</svg>`);
