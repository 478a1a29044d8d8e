/** Small folders, small files and small functions. */
import { dirname } from 'node:path';
import type { Project } from '../project.ts';
import type { Failure } from '../failure.ts';
import { nameOf, walk, type AstNode, type SourceFile } from '../source.ts';

/** Files in one folder. */
const LARGEST_FOLDER = 16;
const LONGEST_FILE = 300;
/** A function's lines from its first to its last, without those inside the functions nested in it. */
const LONGEST_FUNCTION = 40;
const FUNCTIONS = /^(?:FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/u;

export function sizes({ files }: Project): Failure[] {
  const ours = [...files.values()].filter(({ path }) => /^(?:src|interactions)\//u.test(path));
  return [
    ...folderSizes(ours.map(({ path }) => path)),
    ...ours.flatMap((file) => [...fileSize(file), ...functionSizes(file)]),
  ];
}

function folderSizes(paths: readonly string[]): Failure[] {
  const folders = Object.entries(Object.groupBy(paths, (path) => dirname(path)));
  return folders.flatMap(([path, { length } = []]) =>
    length !== undefined && length > LARGEST_FOLDER
      ? [{ path, message: `has ${length} files; at most ${LARGEST_FOLDER}` }]
      : [],
  );
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
    if (!isFunction(node)) return;
    const lines = ownLines(node, lineOf);
    if (lines <= LONGEST_FUNCTION) return;
    const name = nameOf(node['id'] as AstNode | null) ?? names.get(node) ?? 'a function';
    const message = `${name} has ${lines} lines; at most ${LONGEST_FUNCTION}`;
    failures.push({ path, line: lineOf(node.start), message });
  });
  return failures;
}

/** The first and the last line of a nested function are still the outer one's: it writes the call. */
function ownLines(outer: AstNode, lineOf: SourceFile['lineOf']): number {
  const lines = new Set<number>();
  for (let line = lineOf(outer.start); line <= lineOf(outer.end); line += 1) lines.add(line);
  walk(outer, (node) => {
    if (node === outer || !isFunction(node)) return;
    for (let line = lineOf(node.start) + 1; line < lineOf(node.end); line += 1) lines.delete(line);
  });
  return lines.size;
}

function isFunction({ type, body }: AstNode): boolean {
  return Boolean(body) && FUNCTIONS.test(type);
}

/** Functions without a name of their own have that of their variable, property or method. */
function rememberName(node: AstNode, names: Map<unknown, string>): void {
  const value = node['init'] ?? node['value'];
  const name = nameOf((node['id'] ?? node['key']) as AstNode | null | undefined);
  if (name !== undefined && value) names.set(value, name);
}
