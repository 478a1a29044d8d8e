/** Source files as the checks see them: parsed, with what each imports. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, posix, sep } from 'node:path';
import { parseSync } from 'oxc-parser';

/** A node of the syntax tree (ESTree, TypeScript's included); offsets in UTF-16 units. */
export interface AstNode {
  type: string;
  start: number;
  end: number;
  [field: string]: unknown;
}

export interface Import {
  /** As it is written; undefined: computed, nobody can know it. */
  specifier: string | undefined;
  /** The file that a relative one leads to, relative to the root. */
  target: string | undefined;
  /** Gone when the program runs: `import type`, or the type `import('…')`. */
  typeOnly: boolean;
  line: number;
}

export interface SourceFile {
  /** Relative to the root, with slashes. */
  path: string;
  text: string;
  program: AstNode;
  imports: Import[];
  /** From 1. */
  lineOf(offset: number): number;
  /** Why it could not be parsed. */
  error: string | undefined;
}

/** What is read of a repository; folders that are not there are empty. */
const FOLDERS = ['src', 'interactions', 'test', 'demo', 'bench', 'check', 'build', 'bin'];

/** Every program file below `root`, by path. */
export async function readSources(
  root: string,
  folders = FOLDERS,
): Promise<Map<string, SourceFile>> {
  const paths = (await Promise.all(folders.map((folder) => programsIn(root, folder)))).flat();
  const files = await Promise.all(
    paths.map(async (path) => parseSource(path, await readFile(join(root, path), 'utf8'))),
  );
  return new Map(files.map((file) => [file.path, file]));
}

/** Every file below a folder with one of the endings, relative to the root. */
export async function filesIn(root: string, folder: string, endings: RegExp): Promise<string[]> {
  if (!existsSync(join(root, folder))) return [];
  const entries = await readdir(join(root, folder), { recursive: true });
  return entries
    .filter((path) => endings.test(path))
    .map((path) => posix.join(folder, path.split(sep).join('/')))
    .toSorted();
}

function programsIn(root: string, folder: string): Promise<string[]> {
  return filesIn(root, folder, /(?<!\.d)\.(?:ts|js|mjs)$/u);
}

export function parseSource(path: string, text: string): SourceFile {
  const parsed = parseSync(path, text);
  const program = parsed.program as unknown as AstNode;
  const lineOf = lineCounter(text);
  const imports: Import[] = [];
  walk(program, (node) => {
    const found = importOf(node);
    if (!found) return;
    const { source, typeOnly } = found;
    const specifier = stringOf(source);
    const target = specifier?.startsWith('.') ? posix.join(dirname(path), specifier) : undefined;
    imports.push({ specifier, target, typeOnly, line: lineOf(node.start) });
  });
  return { path, text, program, imports, lineOf, error: parsed.errors[0]?.message };
}

function importOf(node: AstNode): { source: AstNode; typeOnly: boolean } | undefined {
  const source = node['source'] as AstNode | null | undefined;
  if (!source) return undefined;
  switch (node.type) {
    case 'ImportDeclaration':
      // Not so `import { type A }`: stripped of its types, it still loads the file.
      return { source, typeOnly: node['importKind'] === 'type' };
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      return { source, typeOnly: node['exportKind'] === 'type' };
    case 'ImportExpression':
      return { source, typeOnly: false };
    case 'TSImportType':
      return { source, typeOnly: true };
    default:
      return undefined;
  }
}

/** Visits the node and all below it, parents first. */
export function walk(node: AstNode, visit: (node: AstNode) => void): void {
  visit(node);
  for (const below of childrenOf(node)) walk(below, visit);
}

export function childrenOf(node: AstNode): AstNode[] {
  return Object.values(node).flat().filter(isNode);
}

/** The text of a string literal, or of a template without holes. */
export function stringOf(node: AstNode | null | undefined): string | undefined {
  if (node?.type === 'Literal' && typeof node['value'] === 'string') return node['value'];
  if (node?.type !== 'TemplateLiteral') return undefined;
  const parts = templateParts(node);
  return parts.length === 1 ? parts[0] : undefined;
}

/** The fixed parts of a template literal; between each two is a hole. */
export function templateParts(node: AstNode): string[] {
  const quasis = node['quasis'] as { value: { cooked: string | null } }[];
  return quasis.map(({ value }) => value.cooked ?? '');
}

/** The name of an identifier, or of `a.b` and `a['b']` the second. */
export function nameOf(node: AstNode | null | undefined): string | undefined {
  if (node?.type === 'Identifier') return node['name'] as string;
  if (node?.type !== 'MemberExpression') return undefined;
  const property = node['property'] as AstNode;
  return node['computed'] === true ? stringOf(property) : (property['name'] as string | undefined);
}

function isNode(value: unknown): value is AstNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

function lineCounter(text: string): (offset: number) => number {
  const ends = [...text.matchAll(/\n/gu)].map(({ index }) => index);
  return (offset) => {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  };
}
