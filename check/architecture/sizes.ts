/** Small files and small functions. */
import type { Project } from '../project.ts';
import type { Failure } from '../failure.ts';
import { nameOf, walk, type AstNode, type SourceFile } from '../source.ts';

const LONGEST_FILE = 300;
/** Lines between the braces of a function, those of functions inside it too. */
const LONGEST_FUNCTION = 40;

export function sizes({ files }: Project): Failure[] {
  return [...files.values()]
    .filter(({ path }) => /^(?:src|interactions)\//u.test(path))
    .flatMap((file) => [...fileSize(file), ...functionSizes(file)]);
}

function fileSize({ path, text }: SourceFile): Failure[] {
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  return lines > LONGEST_FILE
    ? [{ path, message: `has ${lines} lines; at most ${LONGEST_FILE}` }]
    : [];
}

function functionSizes({ path, program, lineOf }: SourceFile): Failure[] {
  const failures: Failure[] = [];
  const names = new Map<unknown, string>();
  walk(program, (node) => {
    rememberName(node, names);
    const body = bodyOf(node);
    if (!body) return;
    const across = lineOf(body.end) - lineOf(body.start);
    const lines = body.type === 'BlockStatement' ? across - 1 : across + 1;
    if (lines <= LONGEST_FUNCTION) return;
    const name = nameOf(node['id'] as AstNode | null) ?? names.get(node) ?? 'a function';
    const message = `${name} has ${lines} lines; at most ${LONGEST_FUNCTION}`;
    failures.push({ path, line: lineOf(node.start), message });
  });
  return failures;
}

function bodyOf(node: AstNode): AstNode | undefined {
  if (!/^(?:FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/u.test(node.type))
    return undefined;
  return (node['body'] as AstNode | null) ?? undefined;
}

/** Functions without a name of their own have that of their variable, property or method. */
function rememberName(node: AstNode, names: Map<unknown, string>): void {
  const value = node['init'] ?? node['value'];
  const name = nameOf((node['id'] ?? node['key']) as AstNode | null | undefined);
  if (name !== undefined && value) names.set(value, name);
}
