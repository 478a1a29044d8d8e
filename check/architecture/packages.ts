/** Every import leads somewhere: to a file that is there, to Node, or to a package that we declare. */
import { existsSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import type { Project } from '../project.ts';
import type { Failure } from '../failure.ts';

/** Where packages for development may be used. */
const DEVELOPMENT = /^(?:test|demo|bench|check|build)\//u;

export function packages(project: Project): Failure[] {
  return [...project.files.values()].flatMap(({ path, imports }) =>
    imports.flatMap(({ specifier, target, line }) => {
      const message =
        target === undefined ? packageFault(project, path, specifier) : fileFault(project, target);
      return message === undefined ? [] : [{ path, line, message }];
    }),
  );
}

function fileFault({ root, files }: Project, target: string): string | undefined {
  if (files.has(target) || existsSync(join(root, target))) return undefined;
  return `there is no file ${target}`;
}

function packageFault(
  project: Project,
  path: string,
  specifier: string | undefined,
): string | undefined {
  if (specifier === undefined || (specifier.startsWith('node:') && isBuiltin(specifier)))
    return undefined;
  if (isBuiltin(specifier)) return `write node:${specifier}`;
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  if (project.dependencies.has(name)) return undefined;
  if (!project.devDependencies.has(name)) return `${name} is not in package.json`;
  return DEVELOPMENT.test(path)
    ? undefined
    : `${name} is a devDependency, and this file is shipped`;
}
