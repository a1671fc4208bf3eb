/* The mutants of a function's body: small changes, each of which some test should notice. */

/** @import { Node, SourceText, Span } from './ast.js' */

/**
 * One change: the text of `span` becomes `text`; `isStatement` where the expression's value is not used.
 * @typedef {{ span: Span, text: string, isStatement: boolean }} Mutant
 */

/** What each operator becomes. @type {Record<string, string[]>} */
const OTHERS = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '==': ['!='],
  '!=': ['=='],
  '&&': ['||'],
  '||': ['&&'],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['/'],
  '<<': ['>>'],
  '>>': ['<<'],
  '&': ['|'],
  '|': ['&'],
  '^': ['&'],
  '+=': ['-='],
  '-=': ['+='],
};
const COMPARISONS = ['<', '<=', '>', '>=', '==', '!=', '&&', '||'];

/** Constants that the compiler must know, and what is not evaluated. */
const PASSED_OVER = ['ConstantExpr', 'UnaryExprOrTypeTraitExpr', 'StaticAssertDecl', 'OffsetOfExpr'];
const WRAPPERS = ['ImplicitCastExpr', 'ParenExpr'];

const isPointer = (/** @type {Node | undefined} */ node) => /[*\]]$/.test(node?.type?.qualType ?? '');
const isBool = (/** @type {Node} */ node) => /^(_Bool|bool)$/.test(node.type?.qualType ?? '');
const isStatus = (/** @type {Node} */ node) => node.type?.qualType === 'mk_status';

/** @param {Node} node @returns {Node} without casts and parentheses around it */
function bare(node) {
  const inner = node.inner?.[0];
  return WRAPPERS.includes(node.kind) && inner ? bare(inner) : node;
}

/**
 * All mutants of a body.
 * @param {SourceText} source
 * @param {Node} body
 * @returns {Mutant[]}
 */
export function mutantsOf(source, body) {
  /** @type {Mutant[]} */
  const mutants = [];
  /** @param {Node} node @param {(text: string) => string} change */
  const add = (node, change, isStatement = false) => {
    const span = source.span(node);
    if (span) mutants.push({ span, text: change(source.slice(span)), isStatement });
  };
  visit(body);
  return mutants;

  /** @param {Node} node */
  function visit(node) {
    if (!node.kind || PASSED_OVER.includes(node.kind) || node.storageClass === 'static') return;
    switch (node.kind) {
      case 'BinaryOperator':
      case 'CompoundAssignOperator':
        changeOperator(node);
        break;
      case 'IntegerLiteral':
        changeLiteral(node);
        break;
      case 'CallExpr': // that nothing is done, and all is well
        if (isStatus(node)) add(node, () => 'MK_OK');
        break;
      case 'ReturnStmt':
        negate(node.inner?.[0]);
        break;
      case 'CompoundStmt':
        node.inner?.forEach(dropStatement);
        break;
      default:
        negate(conditionOf(node));
    }
    // A null pointer is no number.
    if (node.castKind !== 'NullToPointer') node.inner?.forEach(visit);
  }

  /** @param {Node} node */
  function changeOperator(node) {
    const [left, right] = node.inner ?? [];
    const opcode = node.opcode ?? '';
    if (!left || !right) return;
    if (opcode === '&&' || opcode === '||') [left, right].forEach(negate);
    if (opcode === '=' && isBool(node)) negate(right);
    if (isPointer(right) && ['+', '-'].includes(opcode)) return;
    const whole = source.span(node);
    const tail = source.span(right);
    if (!whole || !tail) return;
    // The tree does not say where the operator is: right before its right side.
    const head = source.slice({ begin: whole.begin, end: tail.begin });
    const at = head.trimEnd().length - opcode.length;
    if (head.slice(at).trimEnd() !== opcode) return;
    for (const other of OTHERS[opcode] ?? []) {
      add(node, () => `${head.slice(0, at)}${other}${head.slice(at + opcode.length)}${source.slice(tail)}`);
    }
  }

  /** @param {Node} node */
  function changeLiteral(node) {
    const span = source.span(node);
    if (!span) return;
    const text = source.slice(span);
    if (text === 'true' || text === 'false') return add(node, () => (text === 'true' ? 'false' : 'true'));
    add(node, () => `${text} + 1`);
    if (/[1-9]/.test(text)) add(node, () => `${text} - 1`);
  }

  /**
   * A truth that no operator of its own makes: what compares has mutants already.
   * @param {Node | undefined} node
   */
  function negate(node) {
    if (!node) return;
    const { kind, opcode = '' } = bare(node);
    const isLiteral = kind === 'IntegerLiteral';
    if (isLiteral || (kind === 'BinaryOperator' && COMPARISONS.includes(opcode)) || isPointer(node)) return;
    const isTruth = isBool(node) || isBool(bare(node)) || (kind === 'UnaryOperator' && opcode === '!');
    if (isTruth) add(node, (text) => `!(${text})`);
  }

  /** @param {Node} statement */
  function dropStatement(statement) {
    const { kind, opcode } = statement;
    const isDropped =
      kind === 'CallExpr' ||
      kind === 'CompoundAssignOperator' ||
      (kind === 'CStyleCastExpr' && bare(statement.inner?.[0] ?? statement).kind === 'CallExpr') ||
      (kind === 'BinaryOperator' && opcode === '=') ||
      (kind === 'UnaryOperator' && (opcode === '++' || opcode === '--'));
    if (isDropped) add(statement, () => '', true);
  }
}

/** @param {Node} node @returns {Node | undefined} what it branches by */
function conditionOf({ kind, inner = [] }) {
  if (kind === 'IfStmt' || kind === 'WhileStmt' || kind === 'ConditionalOperator') return inner[0];
  if (kind === 'DoStmt') return inner[1];
  return kind === 'ForStmt' ? inner[2] : undefined;
}
