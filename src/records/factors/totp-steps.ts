import { collection } from '../../storage/store.ts';

/** The last accepted step of an authenticator, and later ones that were shown too early and are spent. */
export interface TotpSteps {
  last: number;
  burned: number[];
  /** Those accepted before it, the newest last; absent in a document of the version before. */
  before?: number[];
}
export const totpStepsCollection = collection<TotpSteps>('totp_steps');
