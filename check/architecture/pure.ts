/**
 * Pure files: rules that take everything they look at as arguments. But for types they import nothing
 * of Node, no package and no storage, and when they run nothing that does so is loaded with them.
 */
import type { Project } from '../project.ts';
import type { Failure } from '../failure.ts';
import type { Import, SourceFile } from '../source.ts';

const PURE = /^src\/(?:policy|templates)\//u;

export function pureFiles({ files }: Project): Failure[] {
  return [...files.values()]
    .filter(({ path }) => PURE.test(path))
    .flatMap((file) => [...ownImports(file), ...loadedWith(file, files)]);
}

/** Its own imports; the word of a type is no dependency. */
function ownImports({ path, imports }: SourceFile): Failure[] {
  return imports.filter(loadsImpure).map(({ specifier, line }) => ({
    path,
    line,
    message: `is pure: it must not import ${specifier}`,
  }));
}

/** What comes along at run time through the files that it imports. */
function loadedWith(file: SourceFile, files: ReadonlyMap<string, SourceFile>): Failure[] {
  const seen = new Set([file.path]);
  const failures: Failure[] = [];
  const follow = (from: SourceFile, way: readonly string[]): void => {
    for (const found of from.imports.filter(({ typeOnly }) => !typeOnly)) {
      if (way.length > 0 && loadsImpure(found)) {
        failures.push({
          path: file.path,
          message: `is pure, but loads ${[...way, found.specifier].join(' → ')}`,
        });
      }
      const next = found.target === undefined ? undefined : files.get(found.target);
      if (!next || seen.has(next.path)) continue;
      seen.add(next.path);
      follow(next, [...way, next.path]);
    }
  };
  follow(file, []);
  return failures;
}

function loadsImpure({ specifier, target, typeOnly }: Import): boolean {
  if (typeOnly) return false;
  if (target === undefined) return specifier === undefined || !specifier.startsWith('.');
  return target.startsWith('src/storage/');
}
