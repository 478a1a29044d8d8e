/** Writes of one document wait for one another here, so that those of one process don't compete. */
export class KeyQueues {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs `work` after everything that was asked for with this key. */
  run<R>(key: string, work: () => Promise<R>): Promise<R> {
    const before = this.#last.get(key);
    const done = before ? before.then(work, work) : work();
    this.#last.set(key, done);
    const forget = (): void => {
      if (this.#last.get(key) === done) this.#last.delete(key);
    };
    done.then(forget, forget);
    return done;
  }
}
