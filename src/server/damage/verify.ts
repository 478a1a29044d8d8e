/** Goes through everything that is kept: what cannot be read, and what is sealed and does not open. */
import type { Vault } from '../../secrets/vault.ts';
import { decode } from '../../storage/document.ts';
import { pages } from '../../storage/pages.ts';
import { DamagedDocument, type Collection, type Store, type Stored } from '../../storage/store.ts';
import { KEPT_SEALED } from './tell.ts';

export interface Verified {
  documents: number;
  damaged: DamagedDocument[];
}

export interface VerifyParts {
  store: Pick<Store, 'readStored'>;
  /** Absent: seals are not opened. */
  vault?: Pick<Vault, 'open'>;
  stop: AbortSignal;
  /** So many were looked at so far. */
  onProgress?(documents: number): void;
}

const PAGE = 500;
/** The compact form of a JWE without an encrypted key (RFC 7516 §7.1), a flipped character in it or not. */
const SEAL = /^[^.\s]+\.\.[^.\s]+\.[^.\s]+\.[^.\s]+$/u;

/** Rejects with the reason of `stop` when that was aborted. */
export async function verifyStore(
  { store, vault, stop, onProgress }: VerifyParts,
  collections: readonly Collection<any>[],
): Promise<Verified> {
  const verified: Verified = { documents: 0, damaged: [] };
  for (const collection of collections) {
    const all = pages((after) => store.readStored(collection, { limit: PAGE, after }));
    for await (const { items } of all) {
      stop.throwIfAborted();
      for (const one of items) {
        const fault = await faultOf(collection, one, vault);
        if (fault) verified.damaged.push(fault);
      }
      verified.documents += items.length;
      onProgress?.(verified.documents);
    }
  }
  return verified;
}

async function faultOf(
  collection: Collection<any>,
  { id, text }: Stored,
  vault: Pick<Vault, 'open'> | undefined,
): Promise<DamagedDocument | undefined> {
  try {
    const value: unknown = decode(collection, id, text);
    for (const { at, seal } of vault ? sealsIn(value, []) : [])
      if (vault && !(await opens(vault, seal)))
        return new DamagedDocument(collection.name, id, `the seal at ${at} does not open`);
    return undefined;
  } catch (error) {
    if (error instanceof DamagedDocument) return error;
    throw error;
  }
}

/** Every text that is a seal by its form, or by the name of its field. */
function* sealsIn(value: unknown, path: string[]): Generator<{ at: string; seal: string }> {
  if (typeof value === 'string') {
    if (SEAL.test(value) || path.at(-1) === 'sealed') yield { at: path.join('.'), seal: value };
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [name, field] of Object.entries(value)) yield* sealsIn(field, [...path, name]);
}

/** For which purpose it is does not stand in it; in which context does, and is authenticated. */
async function opens(vault: Pick<Vault, 'open'>, seal: string): Promise<boolean> {
  const context = contextOf(seal);
  if (context === undefined) return false;
  for (const purpose of [...KEPT_SEALED, ...CARRIED]) {
    const opened = await vault.open(purpose, context, seal).then(
      () => true,
      () => false,
    );
    if (opened) return true;
  }
  return false;
}

/** What is kept for a browser while it is under way. */
const CARRIED = ['account form', 'account passage'];

function contextOf(seal: string): string | undefined {
  try {
    const header = Buffer.from(seal.split('.', 1)[0] ?? '', 'base64url').toString();
    const { ctx } = JSON.parse(header) as { ctx?: unknown };
    return typeof ctx === 'string' ? ctx : undefined;
  } catch {
    return undefined;
  }
}
