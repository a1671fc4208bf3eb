/* The model of what is simpler than threads and messages: resources, workflow runs, scores, background tasks, thread state.
 * Each is a record of columns under an id. */
import { EXCEPTIONS, writeColumns, writePart } from './exceptions.js';
import { Register } from './register.js';
import { judgeColumns, must, show } from './violation.js';

/** @import { ModelAct } from './model.js' */

/** @typedef {{ exists: Register, columns: Record<string, Register> }} RecordState */
/** @typedef {(act: ModelAct, args: any, answer?: any) => void} Handler */

const METADATA = ['k0', 'k1'];
const STEPS = ['s0', 's1'];

/** What a record of each kind has, and how an answer says it. @type {Record<string, { columns: string[], read: (record: any) => any }>} */
const KINDS = {
  resource: {
    columns: ['workingMemory', ...METADATA],
    read: ({ workingMemory, metadata }) => ({ workingMemory, k0: metadata?.k0, k1: metadata?.k1 }),
  },
  run: {
    columns: ['status', ...STEPS],
    read: ({ status, context }) => ({ status, s0: context.s0?.output, s1: context.s1?.output }),
  },
  score: { columns: ['reason'], read: ({ reason }) => ({ reason }) },
  task: { columns: ['status', 'toolName'], read: ({ status, toolName }) => ({ status, toolName }) },
  state: { columns: ['value'], read: (value) => ({ value }) },
};

const runId = (/** @type {any} */ { workflowName, runId: id }) => `${workflowName}/${id}`;
const stateId = (/** @type {any} */ { threadId, type }) => `${threadId}/${type}`;

/**
 * How a list shows whether a record is there. It tells no age: what a store deleted itself stays hidden there for a minute,
 * though another made it anew.
 * @param {Register} exists
 * @param {ModelAct} act
 */
const listViewOf = (exists, act) =>
  exists.entries.some(({ act: { life }, value }) => value === undefined && life === act.life)
    ? act.filterView
    : act.listView;

/** The records of one tenant. */
export class Domains {
  /** @type {Map<string, RecordState>} */
  #records = new Map();

  /**
   * @param {string} kind
   * @param {string} id
   */
  #record(kind, id) {
    const key = `${kind} ${id}`;
    const known = this.#records.get(key);
    if (known) return known;
    const columns = Object.fromEntries(KINDS[kind].columns.map((name) => [name, new Register()]));
    const made = { exists: new Register(), columns };
    this.#records.set(key, made);
    return made;
  }

  /** A call writes nothing. @param {ModelAct} act */
  retract(act) {
    for (const { exists, columns } of this.#records.values()) {
      for (const register of [exists, ...Object.values(columns)]) register.retract(act);
    }
  }

  /**
   * @param {ModelAct} act
   * @param {string} kind
   * @param {string} id
   * @param {any} values
   */
  #save(act, kind, id, values) {
    const { exists, columns } = this.#record(kind, id);
    exists.write(act, true);
    writeColumns(columns, act, values);
  }

  /**
   * @param {ModelAct} act
   * @param {string} kind
   * @param {string} id
   */
  #delete(act, kind, id) {
    this.#record(kind, id).exists.write(act, undefined);
  }

  /** What calls write. @type {Record<string, Handler>} */
  writes = {
    saveResource: (act, { resource }) => this.#save(act, 'resource', resource.id, KINDS.resource.read(resource)),
    updateResource: (act, { resourceId, workingMemory, metadata }) => {
      const { exists, columns } = this.#record('resource', resourceId);
      exists.write(act, true);
      if (workingMemory !== undefined) columns.workingMemory.write(act, workingMemory);
      if (metadata) writePart(columns, METADATA, act, metadata);
      else if (workingMemory === undefined) EXCEPTIONS.touched(columns, METADATA, act);
    },
    persistWorkflowSnapshot: (act, { snapshot, ...id }) => this.#save(act, 'run', runId(id), KINDS.run.read(snapshot)),
    updateWorkflowResults: (act, { stepId, result, ...id }, answer) => {
      if (answer && Object.keys(answer).length === 0) return; // it was not seen
      this.#record('run', runId(id)).columns[stepId].write(act, result.output);
    },
    updateWorkflowState: (act, { opts, ...id }, answer) => {
      if (act.state === 'done' && answer === undefined) return;
      this.#record('run', runId(id)).columns.status.write(act, opts.status);
    },
    deleteWorkflowRunById: (act, id) => this.#delete(act, 'run', runId(id)),
    saveScore: (act, score) => this.#save(act, 'score', score.id, KINDS.score.read(score)),
    createTask: (act, task) => this.#save(act, 'task', task.id, KINDS.task.read(task)),
    updateTask: (act, { id, update }, answer) => {
      if (answer === false) return;
      const { exists, columns } = this.#record('task', id);
      writePart(columns, KINDS.task.columns, act, update);
      EXCEPTIONS.rewrittenAsSeen(exists, act);
    },
    deleteTask: (act, id) => this.#delete(act, 'task', id),
    setState: (act, args) => this.#save(act, 'state', stateId(args), { value: args.value }),
    deleteState: (act, args) => this.#delete(act, 'state', stateId(args)),
  };

  /** What answers must be. @type {Record<string, Handler>} */
  answers = {
    getResourceById: (act, { resourceId }, answer) => this.#judge(act, 'resource', resourceId, answer),
    updateResource: (act, { resourceId }, answer) => this.#judge(act, 'resource', resourceId, answer, true),
    loadWorkflowSnapshot: (act, id, answer) => this.#judge(act, 'run', runId(id), answer),
    getWorkflowRunById: (act, id, answer) => this.#judge(act, 'run', runId(id), answer?.snapshot ?? null),
    updateWorkflowResults: (act, args, answer) => this.#judgeUpdated(act, args, Object.keys(answer).length > 0),
    updateWorkflowState: (act, args, answer) => this.#judgeUpdated(act, args, answer !== undefined),
    listWorkflowRuns: (act, args, { runs, total }) =>
      this.#judgeList(
        act,
        'run',
        runs.map((/** @type {any} */ run) => ({ ...run.snapshot, id: runId(run) })),
        total,
      ),
    getScoreById: (act, { id }, answer) => this.#judge(act, 'score', id, answer),
    listScoresByScorerId: (act, { scorerId }, { scores, pagination }) =>
      this.#judgeList(act, 'score', scores, pagination.total, (id) => id.startsWith(scorerId)),
    getTask: (act, id, answer) => this.#judge(act, 'task', id, answer),
    listTasks: (act, _, { tasks, total }) => this.#judgeList(act, 'task', tasks, total),
    updateTask: (act, { id }, answer) => {
      const seen = this.#record('task', id).exists.seen(act.view);
      must(seen.has(answer || undefined), () => `updateTask of ${id} answers ${answer}`);
    },
    getState: (act, args, answer) => this.#judge(act, 'state', stateId(args), answer ?? null),
  };

  /**
   * @param {ModelAct} act
   * @param {any} args
   * @param {boolean} isFound
   */
  #judgeUpdated(act, args, isFound) {
    const seen = this.#record('run', runId(args)).exists.seen(act.view);
    must(seen.has(isFound || undefined), () => `run ${runId(args)} was ${isFound ? 'found' : 'not found'}`);
  }

  /**
   * @param {ModelAct} act
   * @param {string} kind
   * @param {string} id
   * @param {any} record null where nothing was found
   * @param {boolean} [isMade] it is made where it was not
   */
  #judge(act, kind, id, record, isMade = false) {
    const { exists, columns } = this.#record(kind, id);
    const seen = exists.seen(act.view);
    const isThere = record !== null;
    must(isMade || seen.has(isThere || undefined), () => `${kind} ${id} is ${isThere ? 'there' : 'missing'}`);
    if (kind === 'run' && EXCEPTIONS.readWhilePersisted(exists, act)) return;
    if (isThere && !isMade) judgeColumns(columns, KINDS[kind].read(record), act.view, `${kind} ${id}`);
  }

  /**
   * @param {ModelAct} act
   * @param {string} kind
   * @param {any[]} records
   * @param {number} total
   * @param {(id: string) => boolean} [isAsked]
   */
  #judgeList(act, kind, records, total, isAsked = () => true) {
    const ids = records.map(({ id }) => id);
    must(new Set(ids).size === ids.length, () => `${kind}s are answered twice: ${show(ids)}`);
    for (const record of records) {
      must(isAsked(record.id), () => `${kind} ${record.id} was not asked for`);
      this.#judge(act, kind, record.id, record);
    }
    const known = [...this.#records].filter(
      ([key]) => key.startsWith(`${kind} `) && isAsked(key.slice(kind.length + 1)),
    );
    const sure = known.filter(([, { exists }]) => !exists.seen(listViewOf(exists, act)).has(undefined));
    const possible = known.filter(([, { exists }]) => exists.seen(act.listView).has(true));
    const isRight = total >= sure.length && total <= possible.length;
    must(isRight, () => `${kind}s have a total of ${total}; allowed: ${sure.length} to ${possible.length}`);
    for (const [key] of sure) {
      must(ids.includes(key.slice(kind.length + 1)), () => `${key} is missing among ${show(ids)}`);
    }
  }

  /** Every record there may be: its kind and id. */
  *all() {
    for (const key of this.#records.keys()) {
      const [kind, id] = key.split(' ');
      yield { kind, id };
    }
  }
}
