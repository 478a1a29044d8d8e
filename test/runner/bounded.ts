/** What test runs leave for the next one, so that it starts sooner, does not grow without a bound. */
import { readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

const DAY = 86_400_000;

/** Removes the files that were used longest ago, until no more than `most` bytes are left. Others may use the folder. */
export function boundFiles(folder: string, most: number): void {
  const files = entriesIn(folder, { recursive: true })
    .flatMap((path) => {
      const found = statSync(path, { throwIfNoEntry: false });
      return found?.isFile() ? [{ path, size: found.size, usedAt: usedAt(found) }] : [];
    })
    .toSorted((one, other) => other.usedAt - one.usedAt);
  let left = most;
  for (const { path, size } of files) {
    left -= size;
    if (left < 0) rmSync(path, { force: true });
  }
}

/** Removes the folders that begin with `prefix` and were not used for a day. `used` is used now. */
export function boundFolders(parent: string, prefix: string, used: string, now: number): void {
  const at = new Date(now);
  utimesSync(used, at, at);
  for (const path of entriesIn(parent)) {
    if (!path.startsWith(join(parent, prefix)) || path === used) continue;
    const found = statSync(path, { throwIfNoEntry: false });
    if (found && found.mtimeMs < now - DAY) rmSync(path, { recursive: true, force: true });
  }
}

function entriesIn(folder: string, how: { recursive?: boolean } = {}): string[] {
  try {
    return readdirSync(folder, how).map((name) => join(folder, String(name)));
  } catch {
    return [];
  }
}

/** Reading tells at some mounts, writing everywhere. */
const usedAt = ({ atimeMs, mtimeMs }: { atimeMs: number; mtimeMs: number }): number =>
  Math.max(atimeMs, mtimeMs);
