/** Where templates show texts: calls of `t(…)` and `hasText(…)`, found by the template engine's own parser. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import nunjucks from 'nunjucks';
import type { Failure } from '../failure.ts';
import { filesIn } from '../source.ts';
import type { Pattern, Use } from './use.ts';

/** A node of a parsed template, as far as it is looked at here. */
interface TemplateNode {
  typename: string;
  lineno: number;
  value?: unknown;
  name?: TemplateNode;
  args?: TemplateNode;
  key?: TemplateNode;
  /** Of a lookup: the name. */
  val?: TemplateNode;
  children?: TemplateNode[];
  left?: TemplateNode;
  right?: TemplateNode;
  body?: TemplateNode;
  else_?: TemplateNode | null;
  findAll(type: unknown): TemplateNode[];
}

/** The parser is there, but not in the package's types. */
const { parser, nodes } = nunjucks as unknown as {
  parser: { parse(text: string): TemplateNode };
  nodes: Record<'FunCall' | 'Literal', unknown>;
};

export interface TemplateUses {
  uses: Use[];
  /** Every piece of text in an expression: what may fill a hole elsewhere. */
  words: string[];
  failures: Failure[];
}

export async function usesInTemplates(root: string, folder: string): Promise<TemplateUses> {
  const found: TemplateUses = { uses: [], words: [], failures: [] };
  for (const path of await filesIn(root, folder, /\.njk$/u)) {
    read(path, await readFile(join(root, path), 'utf8'), found);
  }
  return found;
}

function read(path: string, text: string, found: TemplateUses): void {
  const template = parse(path, text, found);
  for (const { value } of template?.findAll(nodes.Literal) ?? []) {
    if (typeof value === 'string') found.words.push(value);
  }
  for (const call of template?.findAll(nodes.FunCall) ?? []) {
    const name = call.name?.value;
    if (name !== 't' && name !== 'hasText') continue;
    const [key, values] = call.args?.children ?? [];
    // The program says which, and is looked at there (code.ts).
    if (key?.typename === 'LookupVal' && key.val?.value === 'textKey') continue;
    const line = call.lineno + 1;
    const keys = patternsOf(key).map((pattern) => [pattern]);
    const known = keys.every(([pattern]) => pattern?.some((part) => part !== ''));
    if (!known)
      found.failures.push({ path, line, message: `${name}(…) with a key that nobody can tell` });
    else found.uses.push(...keys.map((one) => useOf(path, line, name, one, values)));
  }
}

function useOf(
  path: string,
  line: number,
  name: 't' | 'hasText',
  all: readonly Pattern[],
  values: TemplateNode | undefined,
): Use {
  return { path, line, anyOf: [all], values: namesOf(values), asks: name === 'hasText' };
}

function parse(path: string, text: string, found: TemplateUses): TemplateNode | undefined {
  try {
    return parser.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message.replaceAll(/\s+/gu, ' ') : String(error);
    found.failures.push({ path, message: `cannot be parsed: ${message}` });
    return undefined;
  }
}

/** Every key that the expression can be; what is computed is a hole. */
function patternsOf(node: TemplateNode | undefined | null): Pattern[] {
  switch (node?.typename) {
    case 'Literal':
      return [[String(node.value)]];
    case 'Group':
      return patternsOf(node.children?.[0]);
    case 'InlineIf':
      return [...patternsOf(node.body), ...patternsOf(node.else_)];
    case 'Add':
    case 'Concat':
      return patternsOf(node.left).flatMap((left) =>
        patternsOf(node.right).map((right) => joined(left, right)),
      );
    default:
      return [['', '']];
  }
}

function joined(left: Pattern, right: Pattern): Pattern {
  const seam = (left.at(-1) ?? '') + (right[0] ?? '');
  return [...left.slice(0, -1), seam, ...right.slice(1)];
}

/** The names in `{ name: … }`; none when nothing is given. */
function namesOf(values: TemplateNode | undefined): string[] | undefined {
  if (!values) return [];
  if (values.typename !== 'Dict') return undefined;
  return (values.children ?? []).map(({ key }) => String(key?.value));
}
