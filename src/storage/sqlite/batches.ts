/**
 * Group commit: all writes that were asked for in one turn of the event loop, or while the batch before was on its way
 * to the disk, run in one transaction and share one wait for the disk (disk/wal-sync.ts). A batch runs without a break, so
 * a write may read, decide and write: nothing comes between, in this process or in another.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { StoreUnavailable } from '../store.ts';
import { asUnavailable, defaultPatience, isBusy, isSqliteError, pauseLength } from './busy.ts';
import type { Disk } from './disk/wal-sync.ts';

/** Bounds how long one batch keeps the event loop and the other processes waiting. */
const largestBatch = 256;
/** Milliseconds until what the disk may not have taken is tried again. */
const TRY_AGAIN = 500;

/** The WAL can't be emptied now. */
class InUse extends StoreUnavailable {}

interface Write {
  work: () => unknown;
  resolve: (result: any) => void;
  reject: (error: unknown) => void;
  /** What `work` gave or threw; told only after the commit. */
  outcome: unknown;
  threw: boolean;
}

export interface BatchOptions {
  /** What a commit waits for before it is told. */
  disk: Pick<Disk, 'sync'>;
  /** Others may have been told that the disk has failed, before this process came. */
  cameLate?: boolean;
  /** Milliseconds that a batch waits for other processes. */
  patience?: number;
  /** What was written in a batch has not happened. */
  onRollback?: () => void;
  /** Another process is in the way: the batch is tried again. */
  onBusy?: () => void;
}

export class Batches {
  readonly #db: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #disk: BatchOptions['disk'];
  readonly #patience: number;
  readonly #onRollback: () => void;
  readonly #onBusy: () => void;
  #queue: Write[] = [];
  #scheduled = false;
  /** What is in the WAL may never have been written, though nothing says so any more (disk/wal-sync.ts). */
  #doubt: 'failed' | 'came-late' | undefined;
  #triedAt = -Infinity;
  #again: NodeJS.Timeout | undefined;
  #blockedSince: number | undefined;
  #onIdle: (() => void)[] = [];

  constructor(db: DatabaseSync, options: BatchOptions) {
    const { patience = defaultPatience, onRollback = () => {}, onBusy = () => {} } = options;
    this.#db = db;
    this.#disk = options.disk;
    this.#doubt = options.cameLate ? 'came-late' : undefined;
    this.#onBusy = onBusy;
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
    this.#patience = patience;
    this.#onRollback = onRollback;
  }

  /**
   * Resolves with what `work` gave, once that is durable. `work` runs in the transaction and must
   * throw errors of its own before it writes: they reject this promise alone.
   */
  add<R>(work: () => R): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ work, resolve, reject, outcome: undefined, threw: false });
      if (this.#scheduled) return;
      this.#scheduled = true;
      // One more turn: the requests that came in while the last commit held the loop join this one.
      setImmediate(() => setImmediate(this.#turn));
    });
  }

  /** Resolves when every write added so far has been answered. */
  idle(): Promise<void> {
    if (!this.#scheduled) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  readonly #turn = (): void => {
    try {
      this.#beginTransaction();
    } catch (error) {
      if ((isBusy(error) || error instanceof InUse) && this.#mayWait()) {
        this.#onBusy();
        setTimeout(this.#turn, pauseLength());
      } else this.#refuse(this.#queue.splice(0), error);
      return;
    }
    this.#blockedSince = undefined;
    this.#runBatch(this.#queue.splice(0, largestBatch));
  };

  #beginTransaction(): void {
    // One is open still when rolling back failed, as on a full disk.
    if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
    if (this.#doubt === 'failed' && !this.#moveAll()) throw new InUse('The disk has failed.');
    if (this.#doubt === 'came-late') this.#tryToMoveAll();
    this.#begin.run();
  }

  /** False: somebody reads what is in the WAL, or moves it. */
  #moveAll(): boolean {
    const [done] = this.#db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all();
    if (done?.['busy'] !== 0) return false;
    this.#doubt = undefined;
    return true;
  }

  /** It does no harm where it can't be, and is not to be tried with each batch. */
  #tryToMoveAll(): void {
    const now = performance.now();
    if (now - this.#triedAt < TRY_AGAIN) return;
    this.#triedAt = now;
    try {
      this.#moveAll();
    } catch (error) {
      if (!isSqliteError(error)) throw error;
    }
  }

  #mayWait(): boolean {
    this.#blockedSince ??= performance.now();
    return performance.now() - this.#blockedSince < this.#patience;
  }

  #runBatch(batch: Write[]): void {
    try {
      for (const write of batch) runWrite(write);
      this.#commit.run();
    } catch (error) {
      this.#rollBack();
      this.#refuse(batch, error);
      return;
    }
    void this.#tell(batch);
  }

  /** A batch that changed nothing waits too: what it has seen may be another process's that is not durable yet. */
  async #tell(batch: Write[]): Promise<void> {
    try {
      await this.#disk.sync();
    } catch (cause) {
      this.#doubt = 'failed';
      this.#refuse(batch, new StoreUnavailable('The disk has not taken a commit.', { cause }));
      this.#goOnTrying();
      return;
    }
    for (const write of batch) {
      if (write.threw) write.reject(write.outcome);
      else write.resolve(write.outcome);
    }
    this.#next();
  }

  /** Though nobody wants to write: others go on behind what the disk has not taken. */
  #goOnTrying(): void {
    const again = (): void => {
      if (this.#doubt !== 'failed' || !this.#db.isOpen) return;
      this.add(() => {}).catch(() => this.#goOnTrying());
    };
    clearTimeout(this.#again);
    this.#again = setTimeout(again, TRY_AGAIN).unref();
  }

  #rollBack(): void {
    this.#onRollback();
    try {
      // SQLite has rolled back by itself after some errors.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
    } catch {
      // The next batch tries again before it begins.
    }
  }

  #refuse(batch: Write[], error: unknown): void {
    this.#blockedSince = undefined;
    const reason = asUnavailable(error);
    for (const write of batch) write.reject(write.threw ? write.outcome : reason);
    this.#next();
  }

  #next(): void {
    if (this.#queue.length > 0) {
      setImmediate(this.#turn);
      return;
    }
    this.#scheduled = false;
    for (const tell of this.#onIdle.splice(0)) tell();
  }
}

function runWrite(write: Write): void {
  try {
    write.outcome = write.work();
  } catch (error) {
    if (isSqliteError(error)) throw error;
    write.outcome = error;
    write.threw = true;
  }
}
