/**
 * The format of a backup: an SQLite database, encrypted as an age file (age-encryption.org/v1) under
 * a passphrase that comes from the installation key. So a backup is of no use without that key, needs
 * no secret of its own, and one that is cut off or changed anywhere does not open.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { Decrypter, Encrypter } from 'age-encryption';
import type { Vault } from '../secrets/vault.ts';

/** How every age file begins. */
const BEGINNING = 'age-encryption.org/v1\n';

/** For guessing at weak passphrases; this one has 256 random bits, and nobody has to wait for it. */
const SCRYPT_LOG_N = 10;

/** Encrypts `from` into the new file `to`, for this user alone; it is on the disk when this resolves. */
export async function encryptFile(
  from: string,
  to: string,
  vault: Vault,
  signal: AbortSignal,
): Promise<void> {
  const [newest = ''] = passphrases(vault);
  const encrypter = new Encrypter();
  encrypter.setPassphrase(newest);
  encrypter.setScryptWorkFactor(SCRYPT_LOG_N);
  const plain = createReadStream(from);
  await write(await encrypter.encrypt(asWeb(plain)), to, signal);
}

/**
 * Decrypts `from` into the new file `to`, for this user alone. Throws with a message for the operator
 * when it is no backup, of another key, or not whole; `to` may then be there in part.
 */
export async function decryptFile(
  from: string,
  to: string,
  vault: Vault,
  signal: AbortSignal,
): Promise<void> {
  if (!(await isEncrypted(from))) throw new Error(`${from} is not a backup made by Latchkey.`);
  const decrypter = new Decrypter();
  for (const passphrase of passphrases(vault)) decrypter.addPassphrase(passphrase);
  const cipher = createReadStream(from);
  try {
    await write(await decrypter.decrypt(asWeb(cipher)), to, signal);
  } catch (error) {
    throw unreadable(from, error, signal);
  } finally {
    cipher.destroy();
  }
}

/** Does it begin as a backup does? Throws when the file cannot be read. */
export async function isEncrypted(path: string): Promise<boolean> {
  return (
    (await beginning(path).catch((cause: NodeJS.ErrnoException) => {
      const reason = cause.code === 'ENOENT' ? 'is not there' : `cannot be read: ${cause.message}`;
      throw new Error(`${path} ${reason}.`, { cause });
    })) === BEGINNING
  );
}

async function beginning(path: string): Promise<string> {
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGINNING.length), 0);
  return buffer.toString('latin1', 0, bytesRead);
}

/** One for each key, newest first. */
function passphrases(vault: Vault): string[] {
  return vault.deriveEach('backup').map((bytes) => bytes.toString('base64url'));
}

async function write(
  content: globalThis.ReadableStream<Uint8Array>,
  to: string,
  signal: AbortSignal,
): Promise<void> {
  const target = createWriteStream(to, { flags: 'wx', mode: 0o600, flush: true });
  await pipeline(Readable.fromWeb(content as ReadableStream), target, { signal });
}

function asWeb(stream: Readable): globalThis.ReadableStream<Uint8Array> {
  return Readable.toWeb(stream) as globalThis.ReadableStream<Uint8Array>;
}

function unreadable(path: string, cause: unknown, signal: AbortSignal): unknown {
  if (signal.aborted || !(cause instanceof Error)) return cause;
  // Of the file system: the disk is full, or may not be written to.
  if ('syscall' in cause) return cause;
  if (cause.message.startsWith('no identity matched')) {
    return new Error(
      `${path} was made with another encryption key. Put the key file that was used then back, or add its line to the present one.`,
      { cause },
    );
  }
  return new Error(`${path} is damaged or cut off: ${cause.message}.`, { cause });
}
