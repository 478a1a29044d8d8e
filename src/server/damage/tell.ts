/** What can't be read is in the log once for each process, and counted: the same document is met again and again. */
import type { Logger } from 'pino';
import type { Vault } from '../../secrets/vault.ts';
import { DamagedDocument } from '../../storage/store.ts';

/** So many are remembered; no more are told of. */
const MOST = 10_000;

export type TellDamaged = (damaged: Pick<DamagedDocument, 'kind' | 'id' | 'reason'>) => void;

/** `counted`: told of each once, by its kind. */
export function tellDamagedOnce(
  log: Pick<Logger, 'error'>,
  counted: (kind: string) => void = () => {},
): TellDamaged {
  const told = new Set<string>();
  return ({ kind, id, reason }) => {
    const key = `${kind} ${id}`;
    if (told.has(key) || told.size >= MOST) return;
    told.add(key);
    counted(kind);
    log.error({ kind, id, reason }, 'a document cannot be read; latchkey verify lists all of them');
  };
}

/** What the store keeps sealed; other seals come back from browsers, which may send anything. */
export const KEPT_SEALED: ReadonlySet<string> = new Set([
  'check',
  'mail',
  'one-time codes',
  'signing-key',
  'totp',
]);

/** A vault that tells of what the store keeps and no key opens: DamagedDocument, so that what rests on it is refused. */
export function tellingVault(vault: Vault, tell: TellDamaged): Vault {
  // Its keys change while it runs: what it says of them is asked of it, and no copy is kept.
  return Object.assign(Object.create(vault) as Vault, {
    async open(purpose: string, context: string, sealed: string) {
      try {
        return await vault.open(purpose, context, sealed);
      } catch (error) {
        if (!KEPT_SEALED.has(purpose)) throw error;
        const damaged = new DamagedDocument(`sealed ${purpose}`, context, 'its seal is broken');
        tell(damaged);
        throw damaged;
      }
    },
  });
}
