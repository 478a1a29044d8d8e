/** Whether the files of a configuration can be what they are for. Looks only: nothing is made, opened or changed. */
import { accessSync, constants, statSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import type { Contradiction } from './combinations.ts';
import type { Config } from './schema.ts';

const { R_OK, W_OK, X_OK } = constants;

export function misplaced({ store, encryption, branding, mailbox }: Config): Contradiction[] {
  const ofStore = store.engine === 'sqlite' ? [written('store.path', store.path)] : [];
  const ofKey =
    encryption.key === undefined
      ? [madeOnce('encryption.key_file', encryption.key_file, isNew(store))]
      : [];
  const others = [
    readOnly('branding.logo', branding.logo),
    readOnly('mailbox.doveadm_key_file', mailbox.doveadm_key_file),
  ];
  return [...ofStore, ...ofKey, ...others].filter((one) => one !== undefined);
}

/** A file that is changed all the time, with others beside it; it and its folder are made where they are not. */
function written(at: string, path: string): Contradiction | undefined {
  const stat = look(path);
  if (stat?.isDirectory()) return folderFault(at, path);
  const folder = existingFolder(dirname(path));
  const refused = stat ? (whyNot(path, R_OK | W_OK) ?? whyNot(folder, W_OK | X_OK)) : undefined;
  return (
    inFolder(at, path, folder) ?? (refused === undefined ? undefined : refusal(at, path, refused))
  );
}

/** A file that is made with a new store, when it is not there; of one that is missing later the server tells more. */
function madeOnce(at: string, path: string, made: boolean): Contradiction | undefined {
  const stat = look(path);
  if (stat) return stat.isDirectory() ? folderFault(at, path) : readOnly(at, path);
  return made ? inFolder(at, path, existingFolder(dirname(path))) : undefined;
}

const isNew = ({ engine, path }: Config['store']): boolean => engine === 'sqlite' && !look(path);

function readOnly(at: string, path: string | undefined): Contradiction | undefined {
  if (path === undefined) return undefined;
  const stat = look(path);
  if (stat?.isDirectory()) return folderFault(at, path);
  if (!stat)
    return { at, with: [], message: `It is ${path}, and there is no such file. Put it there.` };
  const refused = whyNot(path, R_OK);
  return refused === undefined ? undefined : refusal(at, path, refused);
}

/** Its folder, or the one in which that would be made. */
function inFolder(at: string, path: string, folder: string): Contradiction | undefined {
  if (!look(folder)?.isDirectory())
    return {
      at,
      with: [],
      message: `It is ${path}, but ${folder} is a file. Choose another place.`,
    };
  const refused = whyNot(folder, W_OK | X_OK);
  if (refused === undefined) return undefined;
  const message = `It is ${path}, and nothing can be written in the folder ${folder}: ${refused}. ${capital(remedy(folder))}`;
  return { at, with: [], message };
}

function folderFault(at: string, path: string): Contradiction {
  return {
    at,
    with: [],
    message: `It is ${path}, which is a folder. Name a file, such as one in it.`,
  };
}

function refusal(at: string, path: string, reason: string): Contradiction {
  return {
    at,
    with: [],
    message: `It is ${path}, which cannot be used: ${reason}. ${capital(remedy(path))}`,
  };
}

const remedy = (path: string): string =>
  `give ${path} to the user that the server runs as (chown), or make its disk writable.`;
const capital = (text: string): string => text[0]?.toUpperCase() + text.slice(1);

function existingFolder(folder: string): string {
  const above = dirname(folder);
  return look(folder) || above === folder ? folder : existingFolder(above);
}

/** What cannot be looked at is not there for this process. */
function look(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** `undefined`: this process may. */
function whyNot(path: string, mode: number): string | undefined {
  try {
    accessSync(path, mode);
    return undefined;
  } catch (error) {
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
    return (
      { EACCES: 'permission denied', EPERM: 'permission denied', EROFS: 'its disk is read-only' }[
        code
      ] ?? code
    );
  }
}
