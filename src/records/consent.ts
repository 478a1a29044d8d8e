/** What a person has let a client know that is not first party, as it is kept: one document for the two. */
import { outboxIndex, type MessageCarrier } from '../outbox/message.ts';
import { collection } from '../storage/store.ts';

/** What a client may know of a person. */
export interface Requested {
  scopes: readonly string[];
  /** Names that were asked for by themselves, in the ID token or at userinfo. */
  claims: readonly string[];
}

export interface Consent extends MessageCarrier, Requested {
  /** Random, another one after each withdrawal: what was granted by it carries it. */
  id: string;
  /** Subject identifier. */
  person: string;
  /** `client_id`. */
  client: string;
  /** The first time of what holds now; milliseconds since the epoch, as all times here. */
  grantedAt: number;
  /** The last time that the person said so. */
  updatedAt: number;
  /** The person's `consentEpoch` then. */
  epoch: number;
  /** The client's registration then. */
  registration: string | null;
}

export const consentCollection = collection<Consent>('consent', {
  indexes: {
    person: ({ person, gone }) => (gone ? undefined : person),
    postings: outboxIndex,
  },
});

/** Neither part has a space. */
export function consentId(person: string, clientId: string): string {
  return `${person} ${clientId}`;
}
