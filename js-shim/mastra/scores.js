import { ScoresStorage } from '@mastra/core/storage';
import { forward, openStore } from './domain.js';

/**
 * Mastra's scores domain. It can be used alone, or as `stores.scores` of a CloudflareStore.
 */
export class ScoresStorageCloudflare extends ScoresStorage {
  #store;

  /** @param {import('./domain.js').DomainOptions} options */
  constructor(options) {
    super();
    this.#store = openStore(options);
  }

  /** @override */
  async init() {
    await forward('init', this.#store.init());
  }

  /** @param {Parameters<ScoresStorage['saveScore']>[0]} score */
  saveScore(score) {
    return forward('saveScore', this.#store.saveScore(score));
  }

  /** @param {{ id: string }} args */
  getScoreById(args) {
    return forward('getScoreById', this.#store.getScoreById(args));
  }

  /** @param {Parameters<ScoresStorage['listScoresByScorerId']>[0]} args */
  listScoresByScorerId(args) {
    return forward('getScoresByScorerId', this.#store.listScoresByScorerId(args));
  }

  /** @param {Parameters<ScoresStorage['listScoresByRunId']>[0]} args */
  listScoresByRunId(args) {
    return forward('getScoresByRunId', this.#store.listScoresByRunId(args));
  }

  /** @param {Parameters<ScoresStorage['listScoresByEntityId']>[0]} args */
  listScoresByEntityId(args) {
    return forward('getScoresByEntityId', this.#store.listScoresByEntityId(args));
  }

  /**
   * @override
   * @param {Parameters<ScoresStorage['listScoresBySpan']>[0]} args
   */
  listScoresBySpan(args) {
    return forward('getScoresBySpan', this.#store.listScoresBySpan(args));
  }

  /** @override */
  async dangerouslyClearAll() {
    await forward('dangerouslyClearAll', this.#store.dangerouslyClearAll('scores'));
  }
}
