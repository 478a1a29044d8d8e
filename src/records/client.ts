/** A registered client as it is kept. */
import { outboxIndex, type MessageCarrier } from '../outbox/message.ts';
import type { Level } from './proof.ts';
import { collection } from '../storage/store.ts';
import { foldedName } from '../text/printable.ts';
import type { SigningAlg } from './signing-key.ts';

/**
 * `web` keeps a secret on its server; `spa` runs in the browser, `native` on a device: public clients.
 * `mail` is a mail server that has passcodes checked (api/mail-passcode.ts): nobody signs in to it.
 */
export type ClientKind = 'web' | 'spa' | 'native' | 'mail';
export const CLIENT_KINDS: readonly ClientKind[] = ['web', 'spa', 'native', 'mail'];

export interface ClientRecord extends MessageCarrier {
  id: string;
  name: string;
  kind: ClientKind;
  /** Keyed hash of the secret; null for public clients. */
  secretHash: string | null;
  redirectUris: string[];
  postLogoutRedirectUris: string[];
  backchannelLogoutUri: string | null;
  /** Where people find it (`client_uri`, OIDC Dynamic Client Registration §2); https, http on loopback. */
  clientUri: string | null;
  alg: SigningAlg;
  /** First-party clients are not asked for consent. */
  firstParty: boolean;
  /** Proof Key for Code Exchange (RFC 7636); required of every client without a secret, whatever is stored. */
  requirePkce: boolean;
  /** Tokens for itself, without a person (RFC 6749 §4.4). */
  clientCredentials: boolean;
  /** May it get refresh tokens that outlive the session (OIDC Core §11)? */
  offlineAccess: boolean;
  /** The weakest sign-in that this client accepts, whatever a request says. */
  requireAcr: Level | null;
  /** Does it accept a trusted computer in place of a second factor? */
  acceptTrust: boolean;
  /** Ids of the organisations that it is open to; null: all. */
  organisations: string[] | null;
  /** Since when its organisations are let in (operations/clients/change-client.ts); absent: an older version wrote it. */
  admitted?: Admitted;
  /** Another one with each registration, and after a leak; what was issued carries it. */
  registration?: string;
  createdAt: number;
}

/** Milliseconds since the epoch by organisation, `*` for those not named; absent: always. */
export type Admitted = Readonly<Record<string, number>>;

export const clientCollection = collection<ClientRecord>('client', {
  indexes: {
    postings: outboxIndex,
    name: ({ name, gone }) => (gone ? undefined : foldedName(name)),
  },
});
