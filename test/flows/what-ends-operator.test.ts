/** The table of what ends when, walked by HTTP: what the operator does to a person. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import { createNotices } from '../../src/mail/notices.ts';
import { signOutPerson } from '../../src/operations/people/security/sign-out-person.ts';
import { organisationName } from '../../src/records/organisation.ts';
import { claimCollection, claimsOf } from '../../src/records/person.ts';
import { valueOf } from '../../src/result.ts';
import { performedByOperator } from '../support/by-operator.ts';
import { setFields, type Live } from '../support/live-artefacts.ts';
import {
  latchkey,
  openTo,
  OPERATOR_CAUSES,
  useWalk,
  type Act,
  type OperatorCause,
} from '../support/what-ends.ts';

const at = useWalk();

const command =
  (...words: string[]) =>
  (live: Live) =>
    latchkey(live, 'user', words[0] ?? '', live.person.login, ...words.slice(1));

const ACTS: Record<OperatorCause, Act> = {
  'factors-reset': { does: command('reset-mfa', '--yes') },
  'signed-out-everywhere': {
    does: async ({ server, person }) => {
      const { store, vault, now } = server;
      const config = loadConfig({ cwd: server.folder, env: server.env });
      const notices = createNotices(vault, config, organisationName(store));
      const parts = { store, notices, relay: { soon: () => undefined } };
      valueOf(await signOutPerson(parts, performedByOperator(now()), person.person.id));
    },
  },
  'person-tightened': { does: command('set', '--mfa', 'required') },
  'person-mfa-off': {
    async does(live) {
      await setFields(live, { mfa: 'required' });
      await command('set', '--mfa', 'inherit')(live);
    },
  },
  'role-changed': {
    first: (server) => server.addPerson({ role: 'administrator' }),
    does: command('set', '--role', 'administrator'),
    undo: command('set', '--role', 'member'),
  },
  'locked-down': {
    does: command('lock-down', '--yes'),
    async undo(live) {
      // With the password that they had, and enabled: none of it comes back by that.
      const { passwordHash } = live.person.person;
      await setFields(live, { passwordHash, active: true });
    },
  },
  disabled: { does: command('disable', '--yes'), undo: command('enable') },
  enabled: {
    // As the version before left people whom it disabled, but for the epoch.
    async does(live) {
      await setFields(live, { active: false });
      await command('enable')(live);
    },
  },
  removed: {
    does: command('delete', '--now', '--yes'),
    // Somebody else gets the same name, address and password, as after 90 days.
    async undo({ server, person: { login, person: removed } }) {
      for (const name of claimsOf(removed)) await server.store.delete(claimCollection, name);
      const { person } = await server.addPerson({ login });
      assert.equal(person.login, login);
    },
  },
  moved: { does: command('set', '--org', 'beta'), undo: command('set', '--org', 'acme') },
  'group-left': {
    subject: { app: 'partner' },
    async does(live) {
      const { json } = await latchkey(live, 'group', 'add', 'acme/team', '--json');
      // As of somebody who was added with it.
      await setFields(live, { groups: [String(json['id'])] });
      await openTo(live, 'group:acme/team');
      await command('set', '--no-group', 'acme/team')(live);
    },
    undo: command('set', '--group', 'acme/team'),
    last: (server) => server.setOrganisation({ apps: {}, appsAdmitted: {} }),
  },
  'mailbox-changed': {
    does: (live) => command('set', '--email', `new-${live.person.login}@acme.test`)(live),
    undo: (live) => command('set', '--email', live.person.person.email)(live),
  },
  renamed: { does: (live) => rename(live, `new-${live.person.login}`) },
  restored: { does: (live) => latchkey(live, 'revoke-all', '--yes') },
};

/** Whoever signs in, and whichever mail program, types the new one. */
async function rename(live: Live, login: string): Promise<void> {
  await command('set', '--login', login)(live);
  live.person.login = login;
}

describe('what ends of a person’s when', () => {
  for (const cause of OPERATOR_CAUSES) at.walk(cause, ACTS[cause]);
});
