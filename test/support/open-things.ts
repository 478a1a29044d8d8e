/** One of each of what somebody can have open, laid into the store of a running server without a sign-in. */
import { trustComputer } from '../../src/devices/trusted-computer.ts';
import { trustBasis } from '../../src/devices/trust.ts';
import { withOrganisation } from '../../src/oidc/authorization/with-organisation.ts';
import type { Person } from '../../src/records/person.ts';
import { sessionCollection, sessionKey } from '../../src/records/session.ts';
import { grantCollection } from '../../src/records/stored-model.ts';
import { givePasscode } from './passcodes.ts';
import { present } from './sessions.ts';
import type { TestServer } from './server.ts';

export const BROWSER = 'Opera on Solaris';
export const PROGRAM = 'Old phone';

/** Their ids, by the names that the console's addresses have for them. `app`: `client_id` of one that is open to them. */
export async function openThings(
  server: Pick<TestServer, 'store' | 'vault' | 'now'>,
  { id }: Pick<Person, 'id'>,
  app: string,
): Promise<Record<'session' | 'app' | 'computer' | 'passcode', string>> {
  const { store, vault, now } = server;
  await givePasscode(server, { id }, PROGRAM);
  const person = await present(server, id);
  const at = now();
  const session = sessionKey(vault, `uid of ${id} ${at}`);
  const keep = { expiresAt: at + 3_600_000 };
  await store.put(
    sessionCollection,
    session,
    {
      payload: { accountId: id },
      epoch: person.epoch,
      jti: vault.hash('jti', session),
      signedIn: { at, browser: BROWSER, address: '203.0.113.7' },
    },
    keep,
  );
  const payload = {
    accountId: id,
    clientId: app,
    iat: Math.floor(at / 1000),
    openid: { scope: 'openid offline_access' },
  };
  await store.put(
    grantCollection,
    vault.hash('grant', session),
    { payload, epoch: person.epoch },
    keep,
  );
  const given = { factor: 'totp', browser: BROWSER, days: 30 } as const;
  const basis = trustBasis(await withOrganisation(store, person));
  const { computer } = await trustComputer({ store, vault }, basis, given, at);
  return { session, app, computer: computer.id, passcode: person.passcodes.at(-1)?.id ?? '' };
}
