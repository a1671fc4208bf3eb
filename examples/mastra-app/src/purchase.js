import { Mastra } from '@mastra/core/mastra';
import { createStep, createWorkflow } from '@mastra/core/workflows';
import { z } from 'zod';
import { storage } from './storage.js';

const request = z.object({ item: z.string(), price: z.number() });
const outcome = z.object({ text: z.string() });

/** Suspends until somebody decides, which may be days later and in another isolate: the run is kept in KV. */
const approval = createStep({
  id: 'approval',
  inputSchema: request,
  suspendSchema: z.object({ question: z.string() }),
  resumeSchema: z.object({ approved: z.boolean(), by: z.string() }),
  outputSchema: outcome,
  execute: async ({ inputData: { item, price }, resumeData, suspend }) => {
    if (!resumeData) return suspend({ question: `Buy ${item} for ${price}?` });
    const { approved, by } = resumeData;
    return { text: approved ? `${by} approved: ${item} is bought` : `${by} declined: ${item} is not bought` };
  },
});

/**
 * Made for each request. A workflow object keeps its runs and what they wait with, which belongs to the request that
 * started them: resumed in another request of the same isolate, Workers would refuse it as I/O of a different request.
 */
function purchase() {
  const workflow = createWorkflow({ id: 'purchase', inputSchema: request, outputSchema: outcome })
    .then(approval)
    .commit();
  return new Mastra({ workflows: { purchase: workflow }, storage, logger: false }).getWorkflow('purchase');
}

/** @param {{ item: string, price: number }} inputData */
export async function startPurchase(inputData) {
  const run = await purchase().createRun();
  const { status, steps } = await run.start({ inputData });
  return { runId: run.runId, status, question: steps.approval.suspendPayload?.question };
}

/** @param {string} runId @param {{ approved: boolean, by: string }} resumeData */
export async function decide(runId, resumeData) {
  const run = await purchase().createRun({ runId });
  const { status, result } = await run.resume({ step: 'approval', resumeData });
  return { status, text: result?.text };
}
