/** The tables that may have a namespace of their own (wasm/src/kv/schema.c; a test compares the two). */

/** A table without a namespace of its own lives in `metadata`'s, else in `threads`'. @typedef {MemoryTable | OtherTable} Table */
/** @typedef {'threads' | 'messages' | 'metadata' | 'resources'} MemoryTable */
/** @typedef {'workflow_snapshot' | 'scorers' | 'background_tasks' | 'thread_state' | 'observational_memory'} OtherTable */

/** The same by its Mastra name; `metadata` has none. @typedef {`mastra_${Exclude<Table, 'metadata'>}`} MastraTable */

/**
 * Something for each table, under its name or its Mastra name: `threads` and `messages` must be there.
 * @template T
 * @typedef {(
 *   ({ mastra_threads: T } | { threads: T }) &
 *   ({ mastra_messages: T } | { messages: T }) &
 *   { [name in Table | MastraTable]?: T }
 * )} ByTable
 */

export {};
