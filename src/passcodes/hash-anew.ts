import type { Relay } from '../outbox/relay.ts';
import type { Passcode } from '../records/passcode.ts';
import { changePerson, type Person } from '../records/person.ts';
import type { Vault } from '../secrets/vault.ts';
import type { Store } from '../storage/store.ts';

export interface AnewParts {
  store: Store;
  vault: Pick<Vault, 'keep' | 'isActive'>;
  relay: Pick<Relay, 'sometime'>;
}

/**
 * A passcode that was used and is right is kept under the active key from then on, once; nobody waits for it. `text`:
 * what is hashed.
 */
export function hashPasscodeAnew(
  { store, vault, relay }: AnewParts,
  person: Pick<Person, 'id'>,
  { id, hash: before }: Passcode,
  text: string,
): void {
  if (vault.isActive(before)) return;
  const hash = vault.keep('passcode', text);
  relay.sometime(async () => {
    await changePerson<void>(store, person.id, ({ passcodes }) => {
      const isIt = (one: Passcode): boolean => one.id === id && one.hash === before;
      if (!passcodes.some(isIt)) return { result: undefined };
      const anew = passcodes.map((one) => (isIt(one) ? { ...one, hash } : one));
      return { set: { passcodes: anew }, result: undefined };
    });
  });
}
