/**
 * JSON, indented. Token by token and not parsed, so that numbers and escapes stay as they were written; what is no JSON
 * stays as it is.
 * @param {string} text
 */
export function pretty(text) {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  let depth = 0;
  let result = '';
  let before = '';
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)) {
    if (isClosing(token)) depth--;
    const isFirst = isOpening(before);
    const isInEmpty = isFirst && isClosing(token);
    if ((isFirst || before === ',' || isClosing(token)) && !isInEmpty) result += `\n${'  '.repeat(depth)}`;
    if (isOpening(token)) depth++;
    result += token === ':' ? ': ' : token;
    before = token;
  }
  return result;
}

/** @param {string} token */
const isOpening = (token) => token === '{' || token === '[';
/** @param {string} token */
const isClosing = (token) => token === '}' || token === ']';
