/* One measurement in a process of its own: node bench/cpu-process.js '{"operation":…}' */
import { KVStore } from '../js-shim/kv-store.js';
import { measureCase } from './cpu-case.js';
import { clock } from './thread-clock.js';

const measured = await measureCase(KVStore, JSON.parse(process.argv[2]), { clock, batchMs: 20, totalMs: 400 });
console.log(JSON.stringify(measured));
