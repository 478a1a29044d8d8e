/** What a server process knows of itself besides what is in the store. */
export interface Watched {
  /** Lines of the log that nothing took: a full disk, a reader that stands still. */
  droppedLines(): number;
  /** Expired documents that are still there, about; undefined: nobody has swept yet. */
  expiredLeft(): Promise<number | undefined>;
  store: {
    /** As an operator knows it, without what is secret in its address. */
    name: string;
    /** Bytes; null: it is no file. */
    bytes(): Promise<number | null>;
    /** Is there something for `latchkey upgrade` to do? */
    hasUpgrade(): boolean;
  };
}

/** Of a process that nobody watches. */
export const UNWATCHED: Watched = {
  droppedLines: () => 0,
  expiredLeft: () => Promise.resolve(undefined),
  store: { name: '', bytes: () => Promise.resolve(null), hasUpgrade: () => false },
};
