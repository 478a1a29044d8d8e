/** What a source of configuration (the file, the environment) answers. */
import type { Fault } from './faults.ts';
import type { Key } from './keys.ts';

/** A value that was given for a key, not checked yet. */
export interface Given {
  key: Key;
  value: unknown;
  /** Where: `config.yaml:4` or a variable's name. */
  from: string;
}

export interface Source {
  given: Given[];
  faults: Fault[];
  /** What the operator should know of the rights of a file with a secret. */
  warnings: string[];
}

/** Why a file can't be read, without its content. */
export function readingFailed(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EACCES':
      return 'permission denied';
    case 'EISDIR':
      return 'it is a folder';
    default:
      return code ?? 'unknown reason';
  }
}
