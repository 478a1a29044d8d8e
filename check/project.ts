/** The parsed repository, as the rules of the architecture look at it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Failure } from './failure.ts';
import { readSources, type SourceFile } from './source.ts';

export interface Project {
  root: string;
  files: ReadonlyMap<string, SourceFile>;
  dependencies: ReadonlySet<string>;
  devDependencies: ReadonlySet<string>;
}

/** Answers what breaks it. */
export type Rule = (project: Project) => Failure[];

export async function readProject(root: string): Promise<Project> {
  const description = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
    devDependencies?: Record<string, string>;
  };
  return {
    root,
    files: await readSources(root),
    dependencies: new Set(Object.keys(description.dependencies ?? {})),
    devDependencies: new Set(Object.keys(description.devDependencies ?? {})),
  };
}
