/**
 * A passcode was used: nobody waits until that is written down. A mail server asks about the same one every
 * few seconds, and the record is written once a minute: what this process has written a moment ago, or has
 * found written, it does not look at again.
 */
import { LRUCache } from 'lru-cache';
import { eventAbout, type Performed } from '../audit/performed.ts';
import type { Notices } from '../mail/notices.ts';
import type { OutboxMessage } from '../outbox/message.ts';
import type { Relay } from '../outbox/relay.ts';
import type { Passcode } from '../records/passcode.ts';
import type { Person } from '../records/person.ts';
import type { Store } from '../storage/store.ts';
import type { MailAccess } from './passcode.ts';
import { MINUTE, passcodeUseCollection, recordUse } from './use.ts';

export type NoteUse = (
  person: Person,
  passcode: Passcode,
  access: MailAccess,
  performed: Performed,
) => void;

interface NoteParts {
  store: Pick<Store, 'update'>;
  notices: Notices;
  relay: Pick<Relay, 'later' | 'soon'>;
}

/** Passcodes that a process remembers. */
const MOST = 10_000;

export function createNoteUse(parts: NoteParts): NoteUse {
  const noted = new LRUCache<string, number>({ max: MOST });
  return (person, passcode, access, performed) => {
    const [{ id }, { now }] = [passcode, performed];
    if (!access.protocol || Math.abs(now - (noted.get(id) ?? -Infinity)) < MINUTE) return;
    noted.set(id, now);
    parts.relay.later(async () => {
      try {
        await write(parts, person, passcode, access, performed);
      } catch (error) {
        noted.delete(id);
        throw error;
      }
    });
  };
}

async function write(
  { store, notices, relay }: NoteParts,
  person: Person,
  { id, name }: Passcode,
  { protocol, address }: MailAccess,
  performed: Performed,
): Promise<void> {
  if (!protocol) return;
  const told = async (): Promise<OutboxMessage[]> => [
    eventAbout(person, performed, { type: 'passcode.shared', details: { passcode: id } }),
    ...(await notices.about(person, performed, {
      template: 'account-changed',
      values: { what: 'passcode-shared', name, browser: '' },
    })),
  ];
  const use = { person: person.id, protocol, address };
  if (await recordUse(store, id, use, performed.now, told)) relay.soon(passcodeUseCollection, id);
}
