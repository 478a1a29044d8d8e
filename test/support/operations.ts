/** The operations of the program, found by reading its source, with the rows of the access table that they name. */
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSources, type AstNode, type SourceFile } from '../../check/source.ts';
import { ACCESS, type Operation } from '../../src/policy/access.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface FoundOperation {
  /** Such as `src/operations/people/disable-person.ts disablePerson`. */
  name: string;
  /** That it asks for, or what it calls among the operations. */
  rows: Operation[];
}

/** Every exported function below `folder` that is told who does it (`performed: Performed`). */
export async function foundOperations(
  folder = 'src/operations',
  root = ROOT,
): Promise<FoundOperation[]> {
  const files = await readSources(root, [folder]);
  const functions = new Map([...files.values()].flatMap(functionsOf));
  return [...functions]
    .filter(([, { isTold }]) => isTold)
    .map(([name]) => ({ name, rows: rowsOf(functions, name) }));
}

interface FoundFunction {
  /** Exported, with somebody who does it among its parameters. */
  isTold: boolean;
  text: string;
  /** By the name that it has in this file: what may be called, in this file and imported. */
  callable: ReadonlyMap<string, string>;
}

/** Those at the top of the file, by path and name; constants included, as they may be functions. */
function functionsOf(file: SourceFile): [string, FoundFunction][] {
  const statements = file.program['body'] as AstNode[];
  const found = statements.flatMap((statement) => {
    const isExported = statement.type === 'ExportNamedDeclaration';
    const declared = (isExported ? statement['declaration'] : statement) as AstNode | null;
    return namedIn(declared).map(([id, made]) => ({ name: String(id['name']), made, isExported }));
  });
  const own = found.map(({ name }) => [name, `${file.path} ${name}`] as const);
  const callable = new Map([...importedIn(file, statements), ...own]);
  return found.map(({ name, made, isExported }) => {
    const parameters = ((made['params'] ?? []) as AstNode[]).map((one) => textOf(file, one)).join();
    const isTold = isExported && /\bPerformed\b/u.test(parameters);
    return [`${file.path} ${name}`, { isTold, text: textOf(file, made), callable }];
  });
}

function namedIn(declared: AstNode | null): [id: AstNode, made: AstNode][] {
  if (declared?.type === 'FunctionDeclaration') return [[declared['id'] as AstNode, declared]];
  if (declared?.type !== 'VariableDeclaration') return [];
  const all = declared['declarations'] as AstNode[];
  return all.map((one) => [one['id'] as AstNode, (one['init'] ?? one) as AstNode]);
}

/** By their local name: path and name. */
function importedIn(file: SourceFile, statements: readonly AstNode[]): [string, string][] {
  return statements.flatMap((statement) => {
    if (statement.type !== 'ImportDeclaration') return [];
    const { value } = statement['source'] as { value: string } & AstNode;
    const path = posix.join(posix.dirname(file.path), value);
    const named = (statement['specifiers'] as AstNode[]).filter(({ imported }) => imported);
    return named.map(({ local, imported }): [string, string] => [
      String((local as AstNode)['name']),
      `${path} ${String((imported as AstNode)['name'])}`,
    ]);
  });
}

const textOf = (file: SourceFile, { start, end }: AstNode): string => file.text.slice(start, end);

function rowsOf(functions: ReadonlyMap<string, FoundFunction>, from: string): Operation[] {
  const reached = new Set([from]);
  // A set that grows while it is walked.
  for (const name of reached) {
    const { text = '', callable } = functions.get(name) ?? {};
    for (const [word] of text.matchAll(/\b\w+\b/gu)) {
      const called = callable?.get(word);
      if (called !== undefined && functions.has(called)) reached.add(called);
    }
  }
  const text = [...reached].map((name) => functions.get(name)?.text).join('\n');
  const named = [...text.matchAll(/'([a-z-]+\.[a-z-]+)'/gu)].map(([, row = '']) => row);
  return [...new Set(named.filter((row): row is Operation => Object.hasOwn(ACCESS, row)))];
}
