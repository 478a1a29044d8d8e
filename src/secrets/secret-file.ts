/** Files that hold secrets: read only while nobody else can change them, or read them. */
import { closeSync, fstatSync, openSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { isOnReadOnlyMount } from './read-only-mount.ts';
import { oneLineOf, unreadable } from './secret-text.ts';

/** What a file's rights say, and where it is. */
export interface Rights {
  /** As `stat` tells it. */
  mode: number;
  /** Its owner's number. */
  uid: number;
  /** Nobody writes to it through this mount: what others may read there is the platform's to decide. */
  onReadOnlyMount: boolean;
}

/** Whoever has the installation's key opens everything in its store; another secret opens one thing. */
export type SecretKind = 'key' | 'password';

export interface Judgement {
  /** Why it must not be used; the sentence ends with what to type. */
  refusal?: string;
  /** What the operator should know. */
  warning?: string;
}

/** The file must not be used as it is; the message tells the operator what to type. */
export class UnsafeSecretFile extends Error {
  override readonly name = 'UnsafeSecretFile';
}

const GROUP_READ = 0o040;
const GROUP_WRITE = 0o020;
const OTHERS_READ = 0o004;
const OTHERS_WRITE = 0o002;
/** In such a folder one removes or renames one's own files alone. */
const STICKY = 0o1000;

/**
 * The text of a secret's file, with warnings for the operator. Throws UnsafeSecretFile, or what
 * opening it has thrown. Links are followed: the rights are those of the file itself.
 */
export function readSecretFile(
  path: string,
  kind: SecretKind,
): { text: string; warnings: string[] } {
  const { bytes, warnings } = readGuarded(path, kind);
  const reason = unreadable(bytes);
  if (reason !== undefined) throw new UnsafeSecretFile(`The file ${path} ${reason}.`);
  return { text: bytes.toString('utf8'), warnings };
}

/** The same, whatever is in it. */
export function readGuarded(path: string, kind: SecretKind): { bytes: Buffer; warnings: string[] } {
  const fd = openSync(path, 'r');
  try {
    const warnings = judgeOpen(path, fd, kind).flatMap(accept);
    return { bytes: readFileSync(fd), warnings };
  } finally {
    closeSync(fd);
  }
}

/** The same of a file that holds one secret: its one line, without the line break at the end. */
export function readSecretLine(path: string): { text: string; warnings: string[] } {
  const { text, warnings } = readSecretFile(path, 'password');
  const read = oneLineOf(text);
  if ('refusal' in read) throw new UnsafeSecretFile(`The file ${path} ${read.refusal}.`);
  return { text: read.line, warnings };
}

/** Of what is open, so that nothing is put in its place between the look and the reading. */
function judgeOpen(path: string, fd: number, kind: SecretKind): Judgement[] {
  const stat = fstatSync(fd);
  const onReadOnlyMount = isOnReadOnlyMount(fd);
  const { mode, uid } = stat;
  const judged = judgeFile({ path, kind }, { mode, uid, onReadOnlyMount }, ourselves());
  // A pipe (`<(…)` of a shell) has no folder; reading a folder fails by itself.
  if (!stat.isFile()) return stat.isFIFO() ? [judged] : [];
  const folders = onReadOnlyMount ? [] : [path, realpathSync(path)].map(dirname);
  return [judged, ...[...new Set(folders)].map(judgeFolderAt)];
}

/** Before a secret's file is made in it. Throws UnsafeSecretFile. */
export function requireSafeFolder(folder: string): void {
  accept(judgeFolderAt(folder));
}

function accept({ refusal, warning }: Judgement): string[] {
  if (refusal !== undefined) throw new UnsafeSecretFile(refusal);
  return warning === undefined ? [] : [warning];
}

/** `ourUid`: undefined where there are no such rights (Windows). */
export function judgeFile(
  { path, kind }: { path: string; kind: SecretKind },
  { mode, uid, onReadOnlyMount }: Rights,
  ourUid: number | undefined,
): Judgement {
  if (ourUid === undefined) return {};
  const what = `The file ${path} holds a secret, and`;
  const how = `(mode ${octal(mode)}). Type: chmod 600 ${quoted(path)}`;
  if (mode & (GROUP_WRITE | OTHERS_WRITE))
    return { refusal: `${what} others can change it ${how}` };
  if (onReadOnlyMount) return {};
  if (mode & OTHERS_READ) {
    const open = `${what} everybody can read it ${how}`;
    return kind === 'key' ? { refusal: open } : { warning: open };
  }
  if (uid !== ourUid && uid !== 0)
    return { warning: `${what} it belongs to another user (${uid}), who can change it.` };
  return mode & GROUP_READ ? { warning: `${what} its group can read it ${how}` } : {};
}

/** Who can write to a folder can put another file in the place of the one that is there. */
export function judgeFolder(
  folder: string,
  { mode }: Pick<Rights, 'mode'>,
  ourUid: number | undefined,
): Judgement {
  if (ourUid === undefined || mode & STICKY) return {};
  const what = `The folder ${folder} holds a secret’s file, and`;
  const remedy = `Type: chmod go-w ${quoted(folder)}`;
  const how = `can put another in its place (mode ${octal(mode)})`;
  if (mode & OTHERS_WRITE) return { refusal: `${what} everybody ${how}. ${remedy}` };
  return mode & GROUP_WRITE ? { warning: `${what} its group ${how}. ${remedy}` } : {};
}

function judgeFolderAt(folder: string): Judgement {
  return judgeFolder(folder, statSync(folder), ourselves());
}

function ourselves(): number | undefined {
  return process.geteuid?.();
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}

/** For a shell. */
function quoted(path: string): string {
  return /^[\w./@:+-]+$/u.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
