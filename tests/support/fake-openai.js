/* OpenAI's Responses API as far as Mastra uses it, for a Worker whose network is a test's. */
import { Response } from 'miniflare';

/** @typedef {{ text: string } | { call: string, args: object }} Reply what the model says, or which tool it calls */
/** @typedef {{ input: any[], tools: string[], instructions: string, said: string, results: string[] }} Prompt */

/**
 * Answers what a Worker fetches.
 * @param {(prompt: Prompt) => Reply} model
 * @returns {(request: any) => Promise<any>} Miniflare's `outboundService`
 */
export function fakeOpenAI(model) {
  let count = 0;
  return async (request) => {
    if (new URL(request.url).pathname !== '/v1/responses') return new Response('not found', { status: 404 });
    const body = await request.json();
    const reply = model(promptOf(body));
    const output = itemOf(reply, ++count);
    const response = {
      id: `response-${count}`,
      created_at: 0,
      model: body.model,
      output: [output],
      usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
    };
    if (!body.stream) return Response.json(response);
    const events = eventsOf(output, response).map((event) => `data: ${JSON.stringify(event)}\n\n`);
    return new Response(events.join(''), { headers: { 'content-type': 'text/event-stream' } });
  };
}

/** @param {any} body @returns {Prompt} */
function promptOf({ input, tools = [], instructions = '' }) {
  const texts = (/** @type {any} */ { content }) =>
    typeof content === 'string' ? content : (content ?? []).map((/** @type {any} */ part) => part.text ?? '').join('');
  const users = input.filter((/** @type {any} */ item) => item.role === 'user');
  return {
    input,
    instructions: `${instructions}\n${input
      .filter((/** @type {any} */ item) => ['system', 'developer'].includes(item.role))
      .map(texts)
      .join('\n')}`,
    tools: tools.map((/** @type {any} */ tool) => tool.name),
    said: users.length > 0 ? texts(users[users.length - 1]) : '',
    // Of this turn: what came after the user's last message.
    results: input
      .slice(input.findLastIndex((/** @type {any} */ item) => item.role === 'user') + 1)
      .filter((/** @type {any} */ item) => item.type === 'function_call_output')
      .map((/** @type {any} */ item) => String(item.output)),
  };
}

/** @param {Reply} reply @param {number} count */
function itemOf(reply, count) {
  if ('call' in reply) {
    return {
      type: 'function_call',
      id: `item-${count}`,
      call_id: `call-${count}`,
      name: reply.call,
      arguments: JSON.stringify(reply.args),
      status: 'completed',
    };
  }
  const content = [{ type: 'output_text', text: reply.text, annotations: [] }];
  return { type: 'message', id: `item-${count}`, role: 'assistant', status: 'completed', content };
}

/** @param {any} output @param {any} response */
function eventsOf(output, response) {
  const begun = {
    ...output,
    status: 'in_progress',
    ...(output.type === 'message' ? { content: [] } : { arguments: '' }),
  };
  const words = output.type === 'message' ? output.content[0].text.split(/(?<= )/) : [];
  return [
    { type: 'response.created', response: { ...response, output: [] } },
    { type: 'response.output_item.added', output_index: 0, item: begun },
    ...words.map((/** @type {string} */ delta) => ({
      type: 'response.output_text.delta',
      item_id: output.id,
      output_index: 0,
      content_index: 0,
      delta,
    })),
    { type: 'response.output_item.done', output_index: 0, item: output },
    { type: 'response.completed', response },
  ];
}
