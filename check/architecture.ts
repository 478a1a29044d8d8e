/**
 * The shape of the code, as rules that are checked: each looks at the parsed repository and answers
 * what breaks it. A rule is one function of architecture/, listed here.
 */
import { noCycles } from './architecture/cycles.ts';
import { noHiddenInputs } from './architecture/hidden-inputs.ts';
import { directions } from './architecture/directions.ts';
import { layers } from './architecture/layers.ts';
import { names } from './architecture/names.ts';
import { packages } from './architecture/packages.ts';
import { pureFiles } from './architecture/pure.ts';
import { sizes } from './architecture/sizes.ts';
import { stepsStandAlone } from './architecture/steps.ts';
import type { Failure } from './failure.ts';
import { readProject, type Project, type Rule } from './project.ts';

const RULES: readonly Rule[] = [
  parses,
  directions,
  layers,
  stepsStandAlone,
  pureFiles,
  noCycles,
  packages,
  noHiddenInputs,
  names,
  sizes,
];

/** `root`: the repository's folder. */
export async function checkArchitecture(root: string): Promise<Failure[]> {
  const project = await readProject(root);
  return RULES.flatMap((rule) => rule(project));
}

function parses({ files }: Project): Failure[] {
  return [...files.values()].flatMap(({ path, error }) =>
    error === undefined ? [] : [{ path, message: `cannot be parsed: ${error}` }],
  );
}
