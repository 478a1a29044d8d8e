/** The key file, written by a rotation. */
import { randomBytes } from 'node:crypto';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseKeys } from './keyring.ts';
import { readSecretFile, requireSafeFolder } from './secret-file.ts';
import { vaultKey, type VaultKey } from './vault.ts';

/**
 * Puts a new key before those that are in the file, unless somebody has put one there since: `known` are the ids
 * of those that were read. Answers all that are in the file then, newest first. Whoever reads it meanwhile has the
 * file as it was, or as it is. Throws with a message for the operator.
 */
export async function addKeyToFile(path: string, known: readonly string[]): Promise<VaultKey[]> {
  const file = await realpath(path);
  requireSafeFolder(dirname(file));
  // It is the lock as well: of two that rotate at once, the second would lose the first one's key.
  const beside = `${file}.rotating`;
  const handle = await open(beside, 'wx', 0o600).catch((cause: unknown) => {
    throw notWritten(path, beside, cause);
  });
  try {
    const { text } = readSecretFile(file, 'key');
    const present = parseKeys(text);
    if (present.some(({ kid }) => !known.includes(kid))) return present;
    const bytes = randomBytes(32);
    await handle.writeFile(`${bytes.toString('base64url')}\n${text.trimEnd()}\n`);
    await keepOwner(handle, file);
    await handle.sync();
    await rename(beside, file);
    await syncFolder(dirname(file));
    return [vaultKey(bytes), ...present];
  } finally {
    await handle.close();
    await rm(beside, { force: true });
  }
}

type Handle = Awaited<ReturnType<typeof open>>;

/** The server may be another user than whoever types. */
async function keepOwner(handle: Handle, file: string): Promise<void> {
  const [before, now] = [await stat(file), await handle.stat()];
  if (before.uid !== now.uid || before.gid !== now.gid) await handle.chown(before.uid, before.gid);
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function notWritten(path: string, beside: string, cause: unknown): Error {
  const { code, message } = cause as NodeJS.ErrnoException;
  const why =
    code === 'EEXIST'
      ? `Another rotation is writing ${path}. Where none is, one was broken off: remove ${beside}, and try again.`
      : `The key file ${path} can’t be written: ${message}. Put a new key before the others in it yourself, as a line of its own (openssl rand 32 | basenc --base64url | tr -d '=\\n'), and try again.`;
  return new Error(why, { cause });
}
