import type { AdapterPayload } from 'oidc-provider';

/** A model's document: the library's payload without its identifier. */
export interface StoredModel {
  payload: AdapterPayload;
  /** The epoch of `payload.accountId` when it was issued. */
  epoch?: number;
  /** The registration of `payload.clientId` that it was issued to (standing.ts). */
  registration?: string;
  /** Of a grant: the consent that it was given by (`Consent.id`); absent: it needed none. */
  consent?: string;
  /** The trusted computer that its `acr` rests on; null: on none; absent: an older version issued it. */
  computer?: string | null;
  /** Seconds since the epoch, as the library wants it. */
  consumed?: number;
}
