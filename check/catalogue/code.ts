/**
 * Where the program names texts: keys (`text('en', 'mail.subject')`, `messageKey: 'mail.subject'`),
 * and the codes of what is shown as a problem: `new Problem('code')`, notices `{ code, values }` and
 * the messages of forms' schemas.
 */
import { nameOf, stringOf, templateParts, walk, type AstNode, type SourceFile } from '../source.ts';
import type { Pattern, Use, Words } from './use.ts';

/** Methods of zod whose last argument may be a message. */
const CHECKS =
  /^(?:min|max|length|nonempty|regex|refine|email|url|startsWith|endsWith|int|enum|literal)$/u;
const DOTTED = /^[a-z][\w-]*(?:\.[\w-]+)+$/u;

export function usesInCode(files: Iterable<SourceFile>): { uses: Use[]; words: Words } {
  const uses: Use[] = [];
  const fixed = new Set<string>();
  const open: Pattern[] = [];
  for (const file of files) {
    const formSchemas = file.imports.some(({ specifier }) => specifier === 'zod');
    walk(file.program, (node) => {
      uses.push(...usesOf(file, node, formSchemas));
      const text = stringOf(node);
      if (text !== undefined) for (const word of text.split(/\s+/u)) fixed.add(word);
      else if (node.type === 'TemplateLiteral') open.push(templateParts(node));
    });
  }
  return { uses, words: { fixed, open: open.filter(saysSomething) } };
}

/** Otherwise it would match everything. */
function saysSomething(pattern: Pattern): boolean {
  return pattern.every((part) => !/[\s.]/u.test(part)) && pattern.some((part) => part.length > 2);
}

function usesOf(file: SourceFile, node: AstNode, formSchemas: boolean): Use[] {
  const at = { path: file.path, line: file.lineOf(node.start) };
  switch (node.type) {
    case 'NewExpression':
      return problemUses(node).map((use) => ({ ...at, ...use }));
    case 'ObjectExpression':
      return noticeUses(node).map((use) => ({ ...at, ...use }));
    case 'CallExpression':
      return callUses(node, formSchemas).map((use) => ({ ...at, ...use }));
    case 'Property':
      return keyUses(node).map((use) => ({ ...at, ...use }));
    default:
      return [];
  }
}

type Found = Pick<Use, 'anyOf' | 'values'>;

/** A page has a text of its own for some problems, under `page-problem`. */
function problemUses(node: AstNode): Found[] {
  if (nameOf(node['callee'] as AstNode) !== 'Problem') return [];
  const [code, options] = node['arguments'] as AstNode[];
  const given = options ? propertyOf(options, 'values') : null;
  const values = given === undefined ? undefined : given === null ? [] : namesIn(given);
  return patternsOf(code).map((pattern) => ({
    anyOf: [
      [under('problem', pattern)],
      [under('page-problem', pattern, 'title'), under('page-problem', pattern, 'text')],
    ],
    values,
  }));
}

function noticeUses(node: AstNode): Found[] {
  const code = propertyOf(node, 'code');
  const values = propertyOf(node, 'values');
  if (!code || !values) return [];
  return patternsOf(code).map((pattern) => ({
    anyOf: [[under('problem', pattern)]],
    values: namesIn(values),
  }));
}

function callUses(node: AstNode, formSchemas: boolean): Found[] {
  const name = nameOf(node['callee'] as AstNode) ?? '';
  const args = node['arguments'] as AstNode[];
  if (name === 't' || name === 'text') {
    const keys = args.flatMap(patternsOf).filter((pattern) => DOTTED.test(pattern.join('x')));
    return keys.map((pattern) => ({ anyOf: [[pattern]], values: undefined }));
  }
  if (!formSchemas || !CHECKS.test(name)) return [];
  const last = args.length > 1 ? args.at(-1) : undefined;
  const message = last?.type === 'ObjectExpression' ? propertyOf(last, 'message') : last;
  const text = stringOf(message);
  return text === undefined ? [] : [{ anyOf: [[under('problem', [text])]], values: undefined }];
}

function keyUses(node: AstNode): Found[] {
  if (!/^(?:messageKey|textKey)$/u.test(nameOf(node['key'] as AstNode) ?? '')) return [];
  return patternsOf(node['value'] as AstNode).map((pattern) => ({
    anyOf: [[pattern]],
    values: undefined,
  }));
}

/** Every text that the expression can be; nothing when it is not written here. */
function patternsOf(node: AstNode | null | undefined): Pattern[] {
  const text = stringOf(node);
  if (text !== undefined) return [[text]];
  if (node?.type === 'TemplateLiteral') return [templateParts(node)];
  if (node?.type !== 'ConditionalExpression') return [];
  return [node['consequent'], node['alternate']].flatMap((one) => patternsOf(one as AstNode));
}

function under(section: string, pattern: Pattern, last?: string): Pattern {
  const [first = '', ...rest] = pattern;
  const parts = [`${section}.${first}`, ...rest];
  return last === undefined ? parts : [...parts.slice(0, -1), `${parts.at(-1)}.${last}`];
}

/** The value of a property; null: there is none; undefined: nobody can tell. */
function propertyOf(node: AstNode, name: string): AstNode | null | undefined {
  if (node.type !== 'ObjectExpression') return undefined;
  const properties = node['properties'] as AstNode[];
  const found = properties.find(({ key }) => nameOf(key as AstNode | undefined) === name);
  if (found) return found['value'] as AstNode;
  return properties.some(({ type }) => type === 'SpreadElement') ? undefined : null;
}

function namesIn(node: AstNode): string[] | undefined {
  if (node.type !== 'ObjectExpression') return undefined;
  const names = (node['properties'] as AstNode[]).map(({ key }) =>
    nameOf(key as AstNode | undefined),
  );
  return names.every((name) => name !== undefined) ? names : undefined;
}
