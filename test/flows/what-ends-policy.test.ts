/** The table of what ends when, walked by HTTP: what is changed of an organisation or a client. */
import { describe } from 'node:test';
import { ACR } from '../../src/factors/factor.ts';
import {
  CLIENT_CAUSES,
  ORGANISATION_CAUSES,
  type ClientCause,
  type OrganisationCause,
} from '../../src/policy/revocation.ts';
import type { Live } from '../support/live-artefacts.ts';
import { latchkey, useWalk, type Act } from '../support/what-ends.ts';

const at = useWalk();

const ORGANISATION_ACTS: Record<OrganisationCause, Act> = {
  'organisation-tightened': {
    does: (live) => latchkey(live, 'org', 'set', 'acme', '--trusted-days', '20'),
    last: (server) => server.setOrganisation({ trustedDays: 30 }),
  },
  'organisation-mfa-off': {
    async does(live) {
      await latchkey(live, 'org', 'set', 'acme', '--mfa', 'off');
      // On again: what is asked is the same as before.
      await latchkey(live, 'org', 'set', 'acme', '--mfa', 'required');
    },
  },
};

const webmail =
  (verb: string, ...words: string[]) =>
  (live: Live) =>
    latchkey(live, 'client', verb, live.apps.webmail.clientId, ...words);

/** The app is told its new secret. */
async function rotate(live: Live, ...words: string[]): Promise<void> {
  const { json } = await webmail('rotate-secret', '--json', ...words)(live);
  live.apps.webmail = { ...live.apps.webmail, clientSecret: String(json['client_secret']) };
}

const subject = { app: 'webmail' } as const;
const CLIENT_ACTS: Record<ClientCause, Act> = {
  'client-tightened': {
    subject,
    does: webmail('set', '--require-acr', ACR.mfa),
    undo: webmail('set', '--require-acr', 'none'),
    comesBack: true,
  },
  'client-narrowed': {
    subject,
    does: webmail('set', '--org', 'beta'),
    undo: webmail('set', '--all-orgs'),
  },
  'client-removed': {
    subject,
    does: webmail('remove'),
    async undo(live) {
      const { clientId: id } = live.apps.webmail;
      live.apps.webmail = await live.server.addClient({ id });
      live.server.clock.ahead += 1000;
    },
  },
  'client-secret-rotated': { subject, does: (live) => rotate(live) },
  'client-secret-leaked': { subject, does: (live) => rotate(live, '--leaked') },
};

describe('what ends for all people of an organisation when', () => {
  for (const cause of Object.keys(ORGANISATION_CAUSES) as OrganisationCause[])
    at.walk(cause, ORGANISATION_ACTS[cause]);
});

describe('what an app loses when', () => {
  for (const cause of Object.keys(CLIENT_CAUSES) as ClientCause[])
    at.walk(cause, CLIENT_ACTS[cause]);
});
