/** Names that need their file opened to be understood are no names for functions of a whole file. */
import type { Failure } from '../failure.ts';
import type { Project } from '../project.ts';
import { nameOf, type AstNode, type SourceFile } from '../source.ts';

const VAGUE: ReadonlySet<string> = new Set(['form', 'page', 'refused', 'answer']);
const FUNCTION_VALUES = /^(?:FunctionExpression|ArrowFunctionExpression)$/u;

export function names({ files }: Project): Failure[] {
  return [...files.values()]
    .filter(({ path }) => /^(?:src|interactions)\//u.test(path))
    .flatMap((file) => vagueFunctions(file));
}

function vagueFunctions({ path, program, lineOf }: SourceFile): Failure[] {
  const statements = (program['body'] as AstNode[]).map(
    (statement) => (statement['declaration'] as AstNode | null | undefined) ?? statement,
  );
  return statements.flatMap(topLevelFunctions).flatMap((node) => {
    const name = nameOf(node['id'] as AstNode | null) ?? '';
    const message = `${name}: a function of the whole file says what of (${name}Of…, show…, …)`;
    return VAGUE.has(name) ? [{ path, line: lineOf(node.start), message }] : [];
  });
}

function topLevelFunctions(statement: AstNode): AstNode[] {
  if (statement.type === 'FunctionDeclaration') return [statement];
  if (statement.type !== 'VariableDeclaration') return [];
  const declared = statement['declarations'] as AstNode[];
  return declared.filter(({ init }) => FUNCTION_VALUES.test((init as AstNode | null)?.type ?? ''));
}
