import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { boundFiles, boundFolders } from './bounded.ts';

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;

describe('what test runs leave behind', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'latchkey-bounded-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const usedAgo = (path: string, hours: number): void => {
    const at = new Date(NOW - hours * HOUR);
    utimesSync(path, at, at);
  };

  it('keeps the files that were used last, in whatever folder, up to so many bytes', () => {
    mkdirSync(join(folder, 'in'));
    const names = ['in/oldest', 'older', 'in/newer', 'newest'];
    names.forEach((name, at) => {
      writeFileSync(join(folder, name), 'x'.repeat(100));
      usedAgo(join(folder, name), 10 - at);
    });
    boundFiles(folder, 1_000);
    assert.deepEqual(
      names.filter((name) => existsSync(join(folder, name))),
      names,
    );
    boundFiles(folder, 250);
    const left = names.filter((name) => existsSync(join(folder, name)));
    assert.deepEqual(left, ['in/newer', 'newest']);
    boundFiles(join(folder, 'nowhere'), 1);
  });

  it('removes builds that nobody used for a day, and nothing else', () => {
    for (const [name, hours] of [
      ['tests-a', 30],
      ['tests-b', 5],
      ['tests-used', 90],
      ['app', 90],
    ] as const) {
      mkdirSync(join(folder, name));
      usedAgo(join(folder, name), hours);
    }
    boundFolders(folder, 'tests-', join(folder, 'tests-used'), NOW);
    const all = ['tests-a', 'tests-b', 'tests-used', 'app'];
    const left = all.filter((name) => existsSync(join(folder, name)));
    assert.deepEqual(left, ['tests-b', 'tests-used', 'app']);
    boundFolders(folder, 'tests-', join(folder, 'tests-b'), NOW + 23 * HOUR);
    assert.equal(existsSync(join(folder, 'tests-used')), true);
  });
});
