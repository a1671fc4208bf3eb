import { ScoresStorage } from '@mastra/core/storage';
import { domainOf } from './domain.js';
import { agedBy } from './retention.js';

/**
 * Mastra's scores domain. It can be used alone, or as `stores.scores` of a CloudflareStore.
 */
export class ScoresStorageCloudflare extends domainOf(ScoresStorage, 'scores', [
  'saveScore',
  'getScoreById',
  'listScoresByScorerId',
  'listScoresByRunId',
  'listScoresByEntityId',
  'listScoresBySpan',
]) {
  static retentionTables = { scorers: agedBy('mastra_scorers', 'createdAt') };
}
