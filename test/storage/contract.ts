/**
 * Every promise of src/storage/store.ts, as tests that any engine must pass; its races run between
 * two processes as well.
 */
import { afterEach, beforeEach, describe } from 'node:test';
import { manyAtOnce, takes, updates } from './contract/changes.ts';
import { idsAndValues, manyById, oneDocument } from './contract/documents.ts';
import { closing, expiry } from './contract/lifetime.ts';
import { races } from './contract/races.ts';
import { finds, scans } from './contract/reading.ts';
import { asKept } from './contract/stored.ts';
import type { Bench, OpenNew } from './contract/setting.ts';
import { contractKinds } from './kinds.ts';

/** Registers the suite for an engine. `openNew` makes a new and empty store of it. */
export function storageContract(name: string, openNew: OpenNew): void {
  describe(`storage contract: ${name}`, () => {
    let bench: Bench;
    beforeEach(async () => {
      // Far ahead: a server with TTL indexes removes by a clock of its own.
      const clock = { now: 4_000_000_000_000 };
      const opened = await openNew(contractKinds, { now: () => clock.now });
      bench = { store: opened.store, opened, clock };
    });
    afterEach(() => bench.opened.remove());
    const setting = (): Bench => bench;

    describe('one document', () => oneDocument(setting));
    describe('many by their ids', () => manyById(setting));
    describe('ids and values', () => idsAndValues(setting));
    describe('update', () => updates(setting));
    describe('take', () => takes(setting));
    describe('expiry', () => expiry(setting));
    describe('find', () => finds(setting));
    describe('scan', () => scans(setting));
    describe('as it is kept', () => asKept(setting));
    describe('many at once', () => manyAtOnce(setting));
    describe('close and reopen', () => closing(setting));
  });
  describe(`storage contract between processes: ${name}`, () => races(openNew));
}
