/** What the library keeps, as it lies in the store; src/oidc/adapters reads and writes it. */
import type { AdapterPayload } from 'oidc-provider';
import { collection, type Collection } from '../storage/store.ts';

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
  /** Of a grant: its last use, to within a day, milliseconds since the epoch; absent: none after it was made. */
  usedAt?: number;
  /** Seconds since the epoch, as the library wants it. */
  consumed?: number;
  /** Of a family of refresh tokens: how often it was rotated; absent: never (oidc/adapters/refresh-family.ts). */
  generation?: number;
  /** When it was rotated last, milliseconds since the epoch. */
  rotatedAt?: number;
}

const model = (name: string): Collection<StoredModel> =>
  collection<StoredModel>(name, { key: 'hash' });

/** Shown again and again. */
const tokens = (name: string): Collection<StoredModel> =>
  collection<StoredModel>(name, { key: 'hash', shared: true });

/** Written when a person lets a client in, not with every token: an index by person costs little. */
export const grantCollection = collection<StoredModel>('grant', {
  key: 'hash',
  indexes: { person: ({ payload }) => payload.accountId },
  shared: true,
});

/** By family. */
export const refreshTokenCollection = model('refresh_token');

/** Marks that a signed proof was used. */
export const replayCollection = model('replay_detection');

export const modelCollections: Readonly<Record<string, Collection<StoredModel>>> = {
  Grant: grantCollection,
  AuthorizationCode: model('authorization_code'),
  AccessToken: tokens('access_token'),
  RefreshToken: refreshTokenCollection,
  ClientCredentials: tokens('client_credentials'),
  PushedAuthorizationRequest: model('pushed_authorization_request'),
  ReplayDetection: replayCollection,
};
