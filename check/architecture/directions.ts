/**
 * The directions of the house: a folder imports those to its right and nothing to its left. Type-only
 * imports count too: a folder that is known is known.
 */
import type { Failure } from '../failure.ts';
import type { Project } from '../project.ts';

/** From the doors to the ground. What is not in it may not be a folder of the house. */
export const DIRECTION = [
  'main',
  'cli',
  'server',
  'interactions',
  'api',
  'web',
  'backup',
  'migration',
  'operations',
  'templates',
  'mailbox',
  'oidc',
  'devices',
  'passcodes',
  'factors',
  'throttling',
  'policy',
  'records',
  'outbox',
  'mail',
  'audit',
  'branding',
  'config',
  'secrets',
  'storage',
  'text',
  'net',
  'timing',
  'result',
  'problem',
] as const;

const OURS = /^(?:src\/([\w-]+)(?:\/|\.ts$)|(interactions)\/)/u;

export function directions({ files }: Project): Failure[] {
  return [...files.values()].flatMap(({ path, imports }) => {
    const from = folderOf(path);
    if (from === undefined) return [];
    const place = DIRECTION.findIndex((name) => name === from);
    if (place < 0)
      return [{ path, message: `${from} has no place in check/architecture/directions.ts` }];
    return imports.flatMap(({ target, line }) => {
      const to = target === undefined ? undefined : folderOf(target);
      const isLeft = to !== undefined && DIRECTION.findIndex((name) => name === to) < place;
      return isLeft
        ? [{ path, line, message: `${from} may not import ${to}, which stands on it (${target})` }]
        : [];
    });
  });
}

/** The folder of the house that a file lies in, or its own name at the top of src. */
function folderOf(path: string): string | undefined {
  const [, folder, interactions] = OURS.exec(path) ?? [];
  return folder ?? interactions;
}
