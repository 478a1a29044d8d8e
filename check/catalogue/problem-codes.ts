/**
 * The closed union of codes of problems (src/problem.ts), compared with the texts and with the program:
 * each has a text or a page of its own, and each can happen.
 */
import type { Failure } from '../failure.ts';
import { childrenOf, nameOf, stringOf, walk, type AstNode, type SourceFile } from '../source.ts';

const UNION = 'src/problem.ts';

/** `files`: by path; `texts`: the keys of the catalogue. */
export function problemCodeFailures(
  files: ReadonlyMap<string, SourceFile>,
  texts: { has(key: string): boolean },
): Failure[] {
  const union = files.get(UNION);
  if (!union) return [];
  const given = new Set<string>();
  for (const [path, { program }] of files) if (path !== UNION) collectGiven(program, given);
  return codesIn(union).flatMap(({ code, line }) => {
    const at = { path: UNION, line };
    const hasText =
      texts.has(`problem.${code}`) ||
      (texts.has(`page-problem.${code}.title`) && texts.has(`page-problem.${code}.text`));
    return [
      ...(hasText ? [] : [{ ...at, message: `the problem ${code} has no text` }]),
      ...(given.has(code) ? [] : [{ ...at, message: `nobody throws the problem ${code}` }]),
    ];
  });
}

function codesIn({ program, lineOf }: SourceFile): { code: string; line: number }[] {
  const codes: { code: string; line: number }[] = [];
  walk(program, (node) => {
    if (node.type !== 'VariableDeclarator' || nameOf(node['id'] as AstNode) !== 'PROBLEM_CODES')
      return;
    walk(node, (below) => {
      const code = stringOf(below);
      if (code !== undefined) codes.push({ code, line: lineOf(below.start) });
    });
  });
  return codes;
}

/** Texts that are handed on; what something is only compared with, or looked up by, is not. */
function collectGiven(node: AstNode, given: Set<string>): void {
  const text = stringOf(node);
  if (text !== undefined) given.add(text);
  for (const below of childrenOf(node)) if (!isAsked(node, below)) collectGiven(below, given);
}

function isAsked(node: AstNode, below: AstNode): boolean {
  switch (node.type) {
    case 'BinaryExpression':
      return true;
    case 'MemberExpression':
      return node['property'] === below;
    case 'Property':
      return node['key'] === below;
    case 'SwitchCase':
      return node['test'] === below;
    case 'TSLiteralType':
      return true;
    default:
      return false;
  }
}
