/** No hidden inputs: time, chance and environment come in as arguments, from src/main.ts. */
import type { Project } from '../project.ts';
import type { Failure } from '../failure.ts';
import { nameOf, walk, type AstNode, type SourceFile } from '../source.ts';

/** The outermost file takes them from the process. */
const OUTERMOST = 'src/main.ts';

export function noHiddenInputs({ files }: Project): Failure[] {
  return [...files.values()]
    .filter(({ path }) => /^(?:src|interactions)\//u.test(path) && path !== OUTERMOST)
    .flatMap(inputsOf);
}

function inputsOf(file: SourceFile): Failure[] {
  const { path, lineOf, imports } = file;
  const failures: Failure[] = imports
    .filter(({ specifier }) => specifier === 'node:process')
    .map(({ line }) => ({ path, line, message: hidden('node:process') }));
  walk(file.program, (node) => {
    const input = inputOf(node);
    if (input) failures.push({ path, line: lineOf(node.start), message: hidden(input) });
  });
  return failures;
}

function hidden(input: string): string {
  return `${input} is a hidden input: take it as an argument`;
}

function inputOf(node: AstNode): string | undefined {
  switch (node.type) {
    case 'MemberExpression':
      return memberInput(node);
    case 'NewExpression':
    case 'CallExpression':
      return dateWithoutTime(node);
    case 'VariableDeclarator':
      return takenFromProcess(node);
    default:
      return undefined;
  }
}

function memberInput(node: AstNode): string | undefined {
  const name = `${nameOf(node['object'] as AstNode)}.${nameOf(node)}`;
  return ['process.env', 'Date.now', 'Math.random'].includes(name) ? name : undefined;
}

/** `new Date()` and `Date()` are the present. */
function dateWithoutTime(node: AstNode): string | undefined {
  const callee = node['callee'] as AstNode;
  const plain = callee.type === 'Identifier' && nameOf(callee) === 'Date';
  if (!plain) return undefined;
  if (node.type === 'CallExpression') return 'Date()';
  return (node['arguments'] as unknown[]).length === 0 ? 'new Date()' : undefined;
}

/** `const { env } = process` and the like. */
function takenFromProcess(node: AstNode): string | undefined {
  const id = node['id'] as AstNode;
  const from = nameOf(node['init'] as AstNode | null);
  if (id.type !== 'ObjectPattern' || !from) return undefined;
  const names = (id['properties'] as AstNode[]).map(
    ({ key }) => `${from}.${nameOf(key as AstNode)}`,
  );
  return names.find((name) => ['process.env', 'Date.now', 'Math.random'].includes(name));
}
