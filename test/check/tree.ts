/** A small repository in a temporary folder, for a check to look at. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { printFailure, type Failure } from '../../check/failure.ts';

/** Runs `check` on a folder with these files (by path), and answers its failures as they are printed. */
export async function failuresOf(
  check: (root: string) => Promise<Failure[]>,
  files: Readonly<Record<string, string>>,
): Promise<string[]> {
  const root = mkdtempSync(join(tmpdir(), 'latchkey-check-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return (await check(root)).map(printFailure);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
