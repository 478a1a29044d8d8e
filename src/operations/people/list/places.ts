/**
 * Places in a list, for whoever goes on from there: a range of the list and the value of its index between
 * two entries. Sealed, as that may be the name of somebody whom they must not know of.
 */
import type { Vault } from '../../../secrets/vault.ts';

export interface Place {
  /** Which of the list's ranges. */
  range: number;
  /** Everything from that value on (inclusive) comes after the place. */
  value: string;
}

type Seal = Pick<Vault, 'seal' | 'open'>;

const PURPOSE = 'place in a list';

/** `list`: what the place is one of; of no other list it can be read. */
export function sealPlace(vault: Seal, list: string, { range, value }: Place): Promise<string> {
  return vault.seal(PURPOSE, list, JSON.stringify([range, value]));
}

/** Undefined: there is none, or it is of another list, which then begins anew. */
export async function openPlace(
  vault: Seal,
  list: string,
  sealed: string | undefined,
): Promise<Place | undefined> {
  if (sealed === undefined || sealed === '') return undefined;
  try {
    const [range, value] = JSON.parse(await vault.open(PURPOSE, list, sealed)) as [number, string];
    return { range, value };
  } catch {
    return undefined;
  }
}

/** The place behind the entry that has that value: values end in what has no blank, so that none is between the two. */
export const behind = (value: string): string => `${value} `;
