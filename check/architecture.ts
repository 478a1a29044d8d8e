/**
 * The shape of the code, as rules that are checked: each looks at the parsed repository and answers
 * what breaks it. A rule is one function of architecture/, listed here.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { noCycles } from './architecture/cycles.ts';
import { noHiddenInputs } from './architecture/hidden-inputs.ts';
import { layers } from './architecture/layers.ts';
import { packages } from './architecture/packages.ts';
import { pureFiles } from './architecture/pure.ts';
import { sizes } from './architecture/sizes.ts';
import { stepsStandAlone } from './architecture/steps.ts';
import type { Failure } from './failure.ts';
import { readSources, type SourceFile } from './source.ts';

export interface Project {
  files: ReadonlyMap<string, SourceFile>;
  dependencies: ReadonlySet<string>;
  devDependencies: ReadonlySet<string>;
}

export type Rule = (project: Project) => Failure[];

const RULES: readonly Rule[] = [
  parses,
  layers,
  stepsStandAlone,
  pureFiles,
  noCycles,
  packages,
  noHiddenInputs,
  sizes,
];

export async function checkArchitecture(root: string): Promise<Failure[]> {
  const project = await readProject(root);
  return RULES.flatMap((rule) => rule(project));
}

export async function readProject(root: string): Promise<Project> {
  const description = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
    devDependencies?: Record<string, string>;
  };
  return {
    files: await readSources(root),
    dependencies: new Set(Object.keys(description.dependencies ?? {})),
    devDependencies: new Set(Object.keys(description.devDependencies ?? {})),
  };
}

function parses({ files }: Project): Failure[] {
  return [...files.values()].flatMap(({ path, error }) =>
    error === undefined ? [] : [{ path, message: `cannot be parsed: ${error}` }],
  );
}
