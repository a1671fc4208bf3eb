/* Runs a history: its isolates over one KV, each call judged by the model when it ends, and at the end, when everything must
 * be seen everywhere, all there is. */
import { FakeKV } from '../support/fake-kv.js';
import { makeRandom } from '../support/random.js';
import { globalsOf } from './isolate.js';
import { Model } from './model.js';
import { Connection, WAY_MS_MAX } from './network.js';
import { judgeEnd } from './quiescence.js';
import { MESSAGE_IDS, THREAD_IDS, argumentsOf, spread } from './arguments.js';
import { CALLS_MAX } from './budget.js';
import { Violation, must } from './violation.js';
import { VirtualTime } from './virtual-time.js';

/** @import { Modules, Program } from './isolate.js' */
/** @import { Call, History, IsolatePlan, Step } from './history.js' */
/** @import { ModelAct } from './model.js' */
/** @import { View } from './register.js' */

/** The engine, and the shim around it. @typedef {{ program: Program, modules: Modules }} Package */
/** @typedef {{ steps: number, calls: number }} Counts what a history took: calls of the store, and of KV */

const START = Date.parse('2026-03-01T09:00:00.000Z');
/** How far a place may be behind: as far as KV's documentation says. */
export const STALE_MS = 60_000;
/** For how long a store answers a get again, and longer than a call takes on its ways. */
const KEPT_MS = 1_001;
/** After this nothing is recent any more, neither for the store nor for data care. */
const SETTLED_MS = 400_000;
/** What writes a record without reading it, as the one KV call says that it may make. */
const BLIND = new Set(['createTask', 'setState']);
/** What a time of today can be told from the next by, as a number of 53 bits. */
const MOMENT_MS = 1 / 1024;
const PREFIXES = ['', 'b_'];

/** A store object: what an isolate is until it dies. */
class Life {
  isAlive = true;
  running = 0;

  /**
   * @param {World} world
   * @param {IsolatePlan} plan
   * @param {number} seed
   */
  constructor(world, plan, seed) {
    this.plan = plan;
    this.world = world;
    this.connection = new Connection(world.time, (isDeath) => this.end(isDeath));
    const { time, pack } = world;
    const { skewMs, place, tenant, overlay, attempts } = plan;
    this.shim = pack.program(
      globalsOf(time, { skewMs, seed, modules: pack.modules, isWaited: () => this.connection.watch() }),
    );
    const [threads, messages] = world.place(place).map((kv) => this.connection.namespace(kv));
    this.store = new this.shim.KVStore({
      bindings: { threads, messages },
      keyPrefix: PREFIXES[tenant],
      overlay,
      retry: { attempts },
    });
  }

  #begun = 0;

  /** An operation begins. @returns {number | undefined} which one, where no other runs */
  begin() {
    this.#begun++;
    return this.running++ === 0 ? this.#begun : undefined;
  }

  /** Whether none has begun since. @param {number | undefined} which */
  isStillAlone(which) {
    return which === this.#begun;
  }

  /** @type {Set<() => void>} */
  #onEnd = new Set();

  /** What was begun is abandoned; dead, it does nothing any more. @param {boolean} isDeath */
  end(isDeath) {
    this.connection.abandon();
    this.isAlive &&= !isDeath;
    for (const notify of this.#onEnd) notify();
    this.#onEnd.clear();
  }

  /** @returns {Promise<typeof LOST>} when what is begun now is abandoned */
  ended() {
    return new Promise((resolve) => this.#onEnd.add(() => resolve(LOST)));
  }
}

const LOST = Symbol('lost');

/** What the isolates of a history share. */
class World {
  /** @type {Map<number, import('../support/fake-kv.js').Location[]>} */
  #places = new Map();

  /**
   * @param {History} history
   * @param {Package} pack
   */
  constructor({ weather }, pack) {
    this.pack = pack;
    this.weather = weather;
    this.time = new VirtualTime(START);
    const { hasEmptyPages, pageKeysMax, writeIntervalMs } = weather;
    const options = { now: () => this.time.now, hasEmptyPages, pageKeysMax, writeIntervalMs };
    this.kvs = [new FakeKV(options), new FakeKV(options)];
    this.random = makeRandom(1);
  }

  /** @param {number} index */
  place(index) {
    const { gets, lists, seesOwnWrites } = this.weather;
    const options = {
      getCacheMs: gets ? STALE_MS : 0,
      listLagMs: lists === 'none' ? 0 : STALE_MS,
      seesOwnWrites,
      ...(lists === 'mixed' && { random: this.random }),
    };
    const made = this.#places.get(index) ?? this.kvs.map((kv) => kv.location(options));
    this.#places.set(index, made);
    return made;
  }
}

/** A history while it runs. */
export class Run {
  /** @type {Life[]} */
  #lives = [];
  /** @type {Set<Promise<void>>} */
  #running = new Set();
  /** @type {unknown} */
  #failure;
  #hasFailed = false;
  #calls = 0;
  #lifeCount = 0;
  #last = 0;

  /**
   * @param {History} history
   * @param {Package} pack
   */
  constructor(history, pack) {
    this.history = history;
    this.world = new World(history, pack);
    this.models = PREFIXES.map(() => new Model({ threadIds: THREAD_IDS, messageIds: MESSAGE_IDS }));
  }

  /** @returns {Promise<Counts>} */
  async all() {
    const { time } = this.world;
    const { steps } = this.history;
    for (const [index, step] of steps.entries()) {
      if (!step.isJoined) await this.#settled();
      await time.sleep(step.waitMs);
      this.#start(step, index);
    }
    await this.#settled();
    await time.sleep(SETTLED_MS);
    for (const [tenant, model] of this.models.entries()) {
      if (!this.history.isolates.some((isolate) => isolate.tenant === tenant)) continue;
      await judgeEnd(this.observer(tenant), model, time, this.#hasFailed);
    }
    return { steps: steps.length, calls: this.#calls };
  }

  /** A store that sees everything as it is. @param {number} tenant */
  observer(tenant) {
    const plan = { overlay: false, skewMs: 0, place: 0, tenant, attempts: 1 };
    const kvs = this.world.kvs.map((kv) => kv.location());
    const world = Object.create(this.world, { place: { value: () => kvs } });
    return new Life(world, plan, 0);
  }

  /** Now, and later than any moment before: of what is at one millisecond, one comes first. */
  #moment() {
    return (this.#last = Math.max(this.world.time.now, this.#last + MOMENT_MS));
  }

  async #settled() {
    await Promise.all(this.#running);
    if (this.#failure) throw this.#failure;
  }

  /** @param {number} by */
  #life(by) {
    const index = by % this.history.isolates.length;
    const life = this.#lives[index];
    if (life?.isAlive) return life;
    return (this.#lives[index] = new Life(this.world, this.history.isolates[index], ++this.#lifeCount));
  }

  /**
   * @param {Step} step
   * @param {number} index
   */
  #start(step, index) {
    const running = this.#step(step, index).catch((cause) => {
      this.#failure ??= cause;
    });
    this.#running.add(running);
    running.then(() => this.#running.delete(running));
  }

  /**
   * @param {Step} step
   * @param {number} index
   */
  async #step(step, index) {
    const { by, seed, faults, isRepeated, call } = step;
    const tenant = this.#life(by).plan.tenant;
    const args = argumentsOf(call, `${'ab'[tenant]}${index}`);
    const group = {};
    try {
      const life = this.#life(by);
      life.connection.begin(seed, faults);
      const isDone = await this.#call(life, call, args, { group, isRepeat: false });
      if (isDone || !isRepeated) return;
      this.#life(by).connection.begin(seed, []);
      await this.world.time.sleep(1200);
      await this.#call(this.#life(by), call, args, { group, isRepeat: true });
    } catch (cause) {
      if (cause instanceof Violation) cause.message = `step ${index}, ${call.op}: ${cause.message}`;
      throw cause;
    }
  }

  /**
   * @param {Life} life
   * @param {Call} call
   * @param {any} args
   * @param {{ group: object, isRepeat: boolean }} origin
   * @returns {Promise<boolean>} whether it succeeded
   */
  async #call(life, call, args, origin) {
    const { op } = call;
    const model = this.models[life.plan.tenant];
    const act = this.#act(life, { ...origin, isBlind: BLIND.has(op) });
    model.begin(act, op, args);
    const before = life.connection.calls;
    const isAlone = life.begin();
    const ended = life.ended();
    const method = /** @type {any} */ (life.store)[op];
    const outcome = await Promise.race([
      method.apply(life.store, spread(op, args)).then(
        (/** @type {any} */ answer) => ({ answer }),
        (/** @type {any} */ error) => ({ error }),
      ),
      ended,
    ]);
    const calls = life.connection.calls - before;
    this.#calls += calls;
    if (life.isStillAlone(isAlone) && this.#isPlain(life)) {
      const most = CALLS_MAX[op]?.(args) ?? Infinity;
      must(calls <= most, () => `it took ${calls} KV calls, and may take ${most}`);
    }
    life.running--;
    act.end = this.#moment();
    for (const view of [act.view, act.listView, act.filterView, act.totalView]) view.to = act.end;
    if (outcome === LOST) {
      act.end += 2 * WAY_MS_MAX;
      act.state = 'failed';
      model.end(act, op, args, undefined);
    } else if (outcome.error?.code === 'NOT_FOUND') {
      act.state = 'done';
      model.notFound(act, args);
    } else if (outcome.error) {
      if (!/^KV_/.test(outcome.error.code)) throw outcome.error;
      act.state = 'failed';
      model.end(act, op, args, undefined);
    } else {
      act.state = 'done';
      model.end(act, op, args, outcome.answer);
    }
    this.#hasFailed ||= act.state === 'failed';
    return act.state === 'done';
  }

  /** Whether KV makes no call necessary twice. @param {Life} life */
  #isPlain({ connection }) {
    const { hasEmptyPages, pageKeysMax, writeIntervalMs } = this.world.weather;
    return !hasEmptyPages && pageKeysMax >= 1000 && writeIntervalMs === 0 && !connection.hasFaults;
  }

  /**
   * @param {Life} life
   * @param {{ group: object, isRepeat: boolean, isBlind: boolean }} origin
   * @returns {ModelAct}
   */
  #act(life, origin) {
    const { weather } = this.world;
    const now = this.#moment();
    const { overlay, skewMs } = life.plan;
    const getLagMs = (weather.gets ? STALE_MS : 0) + (overlay ? KEPT_MS : 0);
    const listLagMs = weather.lists === 'none' ? 0 : STALE_MS;
    /** @type {View} */
    const view = {
      life: overlay ? life : null,
      from: now,
      to: now,
      putLagMs: getLagMs,
      // What a store wrote itself its overlay goes on showing for a minute, for it cannot tell a deletion from a read that is behind.
      deleteLagMs: overlay ? STALE_MS + KEPT_MS : getLagMs,
    };
    const listView = { ...view, putLagMs: Math.max(getLagMs, listLagMs) };
    // A list tells no age: what a store wrote itself stays on top there, with the KV metadata by which lists filter.
    const filterView = { ...listView, putLagMs: overlay ? STALE_MS + KEPT_MS : listView.putLagMs };
    // Totals are exact up to what lists show, and those may show what is deleted.
    const totalView = { ...filterView, deleteLagMs: Math.max(view.deleteLagMs, listLagMs) };
    const views = { view, listView, filterView, totalView };
    // Of a write that its own writer may not see yet, the next one counts by the clock alone.
    const aheadMs = Math.max(...this.history.isolates.map((other) => other.skewMs)) - skewMs;
    return { start: now, end: Infinity, state: 'running', life, skewMs, aheadMs, ...views, ...origin };
  }
}

/**
 * Run a history to its end.
 * @param {History} history
 * @param {Package} pack
 * @returns {Promise<Counts>} rejects with a Violation where the store broke a promise
 */
export async function runHistory(history, pack) {
  const run = new Run(history, pack);
  return run.world.time.until(run.all());
}
