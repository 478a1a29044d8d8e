/**
 * The steps of a sign-in stand alone: nothing but the dispatcher, interactions/index.ts, imports one.
 * Which files are steps is read out of its ordered list (`const steps = [password, …]`).
 */
import type { Project } from '../project.ts';
import type { Failure } from '../failure.ts';
import { nameOf, walk, type AstNode, type SourceFile } from '../source.ts';

const DISPATCHER = 'interactions/index.ts';

export function stepsStandAlone({ files }: Project): Failure[] {
  const dispatcher = files.get(DISPATCHER);
  if (!dispatcher) return [];
  const steps = stepFiles(dispatcher);
  if (steps.size === 0) {
    return [{ path: DISPATCHER, message: 'no ordered list of steps: const steps = [password, …]' }];
  }
  return [...files.values()]
    .filter(({ path }) => path !== DISPATCHER && !path.startsWith('test/'))
    .flatMap(({ path, imports }) =>
      imports
        .filter(({ target }) => target !== undefined && steps.has(target))
        .map(({ target, line }) => ({
          path,
          line,
          message: `${target} is a step: only ${DISPATCHER} may import it`,
        })),
    );
}

/** The files that the names in the list were imported from. */
export function stepFiles(dispatcher: SourceFile): Set<string> {
  const listed = new Set(listedNames(dispatcher.program));
  const steps = new Set<string>();
  walk(dispatcher.program, (node) => {
    if (node.type !== 'ImportDeclaration') return;
    const names = (node['specifiers'] as AstNode[]).map((one) => nameOf(one['local'] as AstNode));
    const line = dispatcher.lineOf(node.start);
    const found = dispatcher.imports.find((one) => one.line === line);
    if (found?.target && names.some((name) => name && listed.has(name))) steps.add(found.target);
  });
  return steps;
}

function listedNames(program: AstNode): string[] {
  const names: string[] = [];
  walk(program, (node) => {
    if (
      node.type !== 'VariableDeclarator' ||
      !/^steps$/iu.test(nameOf(node['id'] as AstNode) ?? '')
    )
      return;
    walk(node['init'] as AstNode, (part) => {
      if (part.type !== 'ArrayExpression') return;
      names.push(...(part['elements'] as AstNode[]).flatMap((element) => nameOf(element) ?? []));
    });
  });
  return names;
}
