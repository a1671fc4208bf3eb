/** How long KV may show the past (Workers KV documentation, "How KV works": 60 seconds or more). */
const WRITES_KEPT_MS = 60_000;
/** How long an answer is used again: one agent turn reads the same thread up to eight times. */
export const READS_KEPT_MS = 1_000;
/** What a store remembers at the most. An isolate has 128 MiB for everything (Workers documentation, "Limits"). */
const BYTES_MAX = 8 << 20;
/** A larger value is not kept: it would push out all others. */
const VALUE_BYTES_MAX = 1 << 20;
/** What an entry takes besides its texts, in V8 with 64-bit pointers; measured, and rounded up. */
const ENTRY_BYTES = 400;
/** What metadata takes for each character of its JSON, at the most: "1," in an array is a number of eight bytes. */
const METADATA_BYTES = 4;

/**
 * What is known of a key: what it held at some time.
 * @typedef {object} Entry
 * @property {string | null | undefined} value null: not there; undefined: it is, and was not kept
 * @property {number} at when it was remembered, ms
 * @property {number} version the write's time, by which two values of a key are compared
 * @property {unknown} [metadata]
 * @property {number} [expiration] seconds since 1970
 * @property {boolean} [mayBeGone] a delete has failed since, which may have happened all the same
 * @property {boolean} [isOver] KV has shown what another program wrote after it: what is gone now is not this
 */

/** @typedef {Entry & { key: string, home: Map<string, Kept>, valueBytes: number, bytes: number }} Kept */

/**
 * What a store remembers of its namespaces: what was written in the last minute, and what was read in the last second.
 * It is bounded over all of them together, and no timer is set: the next call of any of them lets go of what is old.
 * What was written is what answers depend on, so that reads go first when there is too much, then the oldest values,
 * then the oldest writes as a whole.
 */
export class OverlayMemory {
  /** Of all namespaces, the oldest first. @type {Set<Kept>} */
  #reads = new Set();
  /** @type {Set<Kept>} */
  #writes = new Set();
  /** Those of #writes that have a value. @type {Set<Kept>} */
  #values = new Set();
  #bytes = 0;

  /** The part of one namespace. */
  part() {
    const reads = new Part(
      (entry) => this.#add(this.#reads, entry),
      (entry) => this.#drop(this.#reads, entry),
    );
    const writes = new Part(
      (entry) => this.#add(this.#writes, entry),
      (entry) => this.#drop(this.#writes, entry),
    );
    return { reads, writes };
  }

  /** Let go of what is too old to matter. */
  forgetOld() {
    const now = Date.now();
    for (const [entries, keptMs] of /** @type {[Set<Kept>, number][]} */ ([
      [this.#reads, READS_KEPT_MS],
      [this.#writes, WRITES_KEPT_MS],
    ])) {
      for (const entry of entries) {
        if (now - entry.at < keptMs) break;
        this.#drop(entries, entry);
      }
    }
  }

  /**
   * @param {Set<Kept>} entries
   * @param {Kept} entry
   */
  #add(entries, entry) {
    entries.add(entry);
    if (entries === this.#writes && entry.valueBytes > 0) this.#values.add(entry);
    this.#bytes += entry.bytes;
    this.#makeRoom();
  }

  /**
   * @param {Set<Kept>} entries
   * @param {Kept} entry
   */
  #drop(entries, entry) {
    entries.delete(entry);
    this.#values.delete(entry);
    entry.home.delete(entry.key);
    this.#bytes -= entry.bytes;
  }

  #makeRoom() {
    for (const entry of this.#reads) {
      if (this.#bytes <= BYTES_MAX) return;
      this.#drop(this.#reads, entry);
    }
    for (const entry of this.#values) {
      if (this.#bytes <= BYTES_MAX) return;
      this.#values.delete(entry);
      this.#bytes -= entry.valueBytes;
      entry.bytes -= entry.valueBytes;
      entry.value = undefined;
    }
    for (const entry of this.#writes) {
      if (this.#bytes <= BYTES_MAX) return;
      this.#drop(this.#writes, entry);
    }
  }
}

/** Entries of one namespace and one kind, by key. */
class Part {
  /** @type {Map<string, Kept>} */
  #entries = new Map();
  #add;
  #drop;

  /**
   * @param {(entry: Kept) => void} add
   * @param {(entry: Kept) => void} drop
   */
  constructor(add, drop) {
    this.#add = add;
    this.#drop = drop;
  }

  /**
   * @param {string} key
   * @returns {Entry | undefined}
   */
  get(key) {
    return this.#entries.get(key);
  }

  /**
   * @param {string} key
   * @param {Entry} entry
   */
  set(key, entry) {
    this.delete(key);
    const valueBytes = typeof entry.value === 'string' ? bytesOf(entry.value) : 0;
    const isKept = valueBytes <= VALUE_BYTES_MAX;
    const metadataSize = entry.metadata === undefined ? 0 : JSON.stringify(entry.metadata).length;
    const rest = ENTRY_BYTES + key.length + METADATA_BYTES * metadataSize;
    const kept = {
      ...entry,
      ...(!isKept && { value: undefined }),
      key,
      home: this.#entries,
      valueBytes: isKept ? valueBytes : 0,
      bytes: rest + (isKept ? valueBytes : 0),
    };
    this.#entries.set(key, kept);
    this.#add(kept);
  }

  /** @param {string} key */
  delete(key) {
    const entry = this.#entries.get(key);
    if (entry) this.#drop(entry);
  }

  /** @returns {IterableIterator<[string, Entry]>} */
  [Symbol.iterator]() {
    return this.#entries[Symbol.iterator]();
  }
}

/**
 * What a text takes: a byte a character where all are Latin-1, else two.
 * @param {string} text
 */
function bytesOf(text) {
  const isLarge = text.length > VALUE_BYTES_MAX; // however its characters are stored: no need to look
  return isLarge || /[\u0100-\uffff]/.test(text) ? 2 * text.length : text.length;
}
