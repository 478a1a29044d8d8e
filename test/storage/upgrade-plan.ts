/** A schema of three versions; each step leaves its mark on every note. */
import type { Upgrade, UpgradePlan } from '../../src/storage/sqlite/upgrade.ts';

const step = (to: number, mark: string): Upgrade => ({
  to,
  run: (db) =>
    db
      .prepare("UPDATE k_notes SET doc = json_set(doc, '$.text', (doc ->> '$.text') || ?)")
      .run(mark),
});

export const plan: UpgradePlan = { version: 3, upgrades: [step(2, '!'), step(3, '?')] };
