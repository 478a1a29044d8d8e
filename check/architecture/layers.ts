/** Who may import whom. Type-only imports count too: a layer that is known is known. */
import type { Project } from '../project.ts';
import type { Failure } from '../failure.ts';
import type { Import } from '../source.ts';

interface Border {
  /** Is the file bound by it? */
  from(path: string): boolean;
  /** Does the import cross it? */
  crosses(found: Import, path: string): boolean;
  message: string;
}

const OUR_CODE = /^(?:src|interactions)\//u;
/** What engines have in common is none. */
const ENGINE = /^src\/storage\/(?!indexes\/)([^/]+)\//u;
const ZOD = /^(?:src\/(?:config|operations|api|web)|interactions)\//u;
const SCAFFOLDING = /^(?:test|demo|bench|check|build)\//u;

const BORDERS: readonly Border[] = [
  {
    from: (path) => /^src\/(?:cli|server)\//u.test(path) && path !== 'src/server/app.ts',
    crosses: ({ target }) => target?.startsWith('interactions/') === true,
    message: 'only src/server/app.ts may import interactions/',
  },
  {
    from: (path) => OUR_CODE.test(path),
    crosses: ({ target }) => target !== undefined && SCAFFOLDING.test(target),
    message: 'what is shipped must not import test, demo, bench, check or build',
  },
  {
    from: (path) => path === 'src/main.ts',
    crosses: ({ specifier, target }) =>
      !/^(?:node:|src\/(?:cli|config)\/)/u.test(target ?? specifier ?? ''),
    message: 'src/main.ts may import src/cli, src/config and node: only',
  },
  {
    from: (path) => /^(?:demo|bench)\//u.test(path),
    crosses: ({ target }) => target?.startsWith('src/cli/') === true,
    message: 'only src/main.ts, checks and tests may import src/cli',
  },
  {
    from: (path) => !path.startsWith('test/') && path !== 'src/storage/open.ts',
    crosses: ({ target }, path) =>
      engineOf(target) !== undefined && engineOf(path) !== engineOf(target),
    message: 'only src/storage/open.ts may import a storage engine',
  },
  {
    from: (path) => OUR_CODE.test(path) && !ZOD.test(path),
    crosses: ({ specifier }) => specifier === 'zod' || specifier?.startsWith('zod/') === true,
    message:
      'zod is for the borders: src/config, src/operations, and what src/api, src/web and interactions are sent',
  },
  {
    from: (path) => OUR_CODE.test(path),
    crosses: ({ specifier }) => specifier === undefined,
    message: 'import() of a name that is computed: nobody can tell what it imports',
  },
];

export function layers({ files }: Project): Failure[] {
  return [...files.values()].flatMap(({ path, imports }) =>
    BORDERS.filter(({ from }) => from(path)).flatMap(({ crosses, message }) =>
      imports
        .filter((found) => crosses(found, path))
        .map(({ specifier, line }) => ({
          path,
          line,
          message: `${message} (${specifier ?? 'computed'})`,
        })),
    ),
  );
}

function engineOf(path: string | undefined): string | undefined {
  return ENGINE.exec(path ?? '')?.[1];
}
