/**
 * A process that revokes the trust in one computer when it is told to (`{ go: true }`), on the store that
 * its arguments name; with kill-at-commit.ts before it, it dies there at a commit.
 */
import { createNotices } from '../../src/mail/notices.ts';
import { revokeTrustedComputer } from '../../src/operations/account/trusted-computers.ts';
import { claimCollection, getPerson } from '../../src/records/person.ts';
import { createVault, vaultKey } from '../../src/secrets/vault.ts';
import { COLLECTIONS } from '../../src/server/collections.ts';
import { openStore } from '../../src/storage/open.ts';
import { performedBy } from '../support/operation-parts.ts';

const [path = '', key = '', now = '', personId = '', computer = ''] = process.argv.slice(2);
const clock = { now: Number(now) };
const store = await openStore({ engine: 'sqlite', path }, COLLECTIONS, { now: () => clock.now });
// Known to the others before: its first write says who it is, in commits of its own (storage/indexes).
await store.delete(claimCollection, 'nobody');
const vault = createVault([vaultKey(Buffer.from(key, 'base64url'))]);
const mail = { smtp_url: 'smtp://127.0.0.1:9', from: 'id@acme.test' } as never;
const notices = createNotices(vault, { mail, default_language: 'en' }, async () => 'Acme');
const person = await getPerson(store, personId);
if (!person) throw new Error(`There is no person ${personId}.`);

process.on('message', (message: object) => {
  if (!('go' in message)) return;
  const parts = { store, notices, relay: { soon() {} } };
  void revokeTrustedComputer(parts, performedBy(person, { clock }), person, computer).then(
    ({ ok }) => process.send?.({ done: ok }),
  );
});
process.send?.({ ready: true });
