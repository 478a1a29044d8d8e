/** The copying of one collection: some portions at once, and a mark behind what is there, to go on from. */
import type { Collection, Store } from '../storage/store.ts';
import { pagesOf } from './digest.ts';
import type { Patient } from './patient.ts';

export interface CopyParts {
  from: Pick<Store, 'readStored'>;
  to: Pick<Store, 'writeStored'>;
  patient: Patient;
  /** So many more are there, all that come before `cursor`; null: the collection is done. */
  onCopied(documents: number, cursor: string | null): Promise<void>;
}

/** Pages of which each is being written: so many the engine behind a network needs to be busy. */
const AT_ONCE = 4;

interface UnderWay {
  written: Promise<void>;
  documents: number;
  cursor: string | null;
}

export async function copyCollection(
  { from, to, patient, onCopied }: CopyParts,
  collection: Collection<any>,
  cursor: string | undefined,
): Promise<void> {
  const underWay: UnderWay[] = [];
  const settleFirst = async (): Promise<void> => {
    const first = underWay.shift();
    await first?.written;
    if (first) await onCopied(first.documents, first.cursor);
  };
  try {
    for await (const { items, next = null } of pagesOf(from, collection, patient, cursor)) {
      const written = patient.write(to, collection, items);
      // Waited for below, in the order of the pages.
      written.catch(() => {});
      underWay.push({ written, documents: items.length, cursor: next });
      if (underWay.length >= AT_ONCE) await settleFirst();
    }
    while (underWay.length > 0) await settleFirst();
  } finally {
    // Nothing is written any more when this has failed.
    await Promise.allSettled(underWay.map(({ written }) => written));
  }
}
