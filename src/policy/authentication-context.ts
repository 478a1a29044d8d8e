/** What policy is asked about a sign-in, and what it answers. */
import type { FactorId } from '../records/factor-id.ts';
import type { Proof } from '../records/proof.ts';
import type { Authentication } from './amr.ts';
import type { ShutOutBy } from './apps/who-may.ts';
import type { ClientPolicy, Subject } from './assurance.ts';

/** What the relying party asks for in this request. */
export interface AuthenticationRequest {
  /** Voluntary `acr_values`; unknown ones are ignored, the weakest known one is a floor. */
  acrValues: readonly string[];
  /** Values of an essential `acr` claim (OIDC Core §5.5.1.1), or undefined when it is not essential. */
  essentialAcr: readonly string[] | undefined;
  /** Seconds (OIDC Core §3.1.2.1), or undefined. */
  maxAge: number | undefined;
  /** `prompt=login`: only proofs made for this request count. */
  forceLogin: boolean;
  /** A factor to be set up before it is answered, which the account pages ask for. */
  enrol?: FactorId | undefined;
  /** Password and strongest factor, proven within the last minutes (fresh-proof.ts). */
  fresh?: boolean | undefined;
  /** When the request came (milliseconds since the epoch): what is proven for it stays young enough for it. */
  startedAt: number;
}

export interface AuthenticationContext {
  /** Undefined until the password (or a passkey) has told who it is. */
  who: Subject | undefined;
  client: ClientPolicy;
  request: AuthenticationRequest;
  proofs: readonly Proof[];
  /** Ids of the computers among the proofs that are still trusted. */
  trusted: readonly string[];
  /** Factors that this installation can check (no email codes without a mail server). */
  available: readonly FactorId[];
  /** After a reset: has the administrator's code been shown in this sign-in? */
  enrolmentCodeShown: boolean;
  /** Milliseconds since the epoch. */
  now: number;
}

export interface Offer {
  factors: FactorId[];
  /** Milliseconds since the epoch. */
  until: number;
  /** The password was given too long ago: it comes first. */
  password?: true;
  /** After a reset: only with the code that the administrator handed over, which comes first. */
  enrolmentCode?: true;
}

export type NextStep =
  /** `toSetUp`: as a proof has grown old without which none of these is set up. */
  | { next: 'password'; toSetUp?: FactorId[] }
  /** The client is not open to the person's organisation, or within it to none of their groups. */
  | { next: 'not-open'; by: ShutOutBy }
  | {
      next: 'factor';
      factors: FactorId[];
      toSetUp?: FactorId[];
      /** A code for today is accepted too (required-steps.ts). */
      temporary?: true;
    }
  /** What the person has proves nothing until another factor was proven once, and there is no other. */
  | { next: 'factor-barred' }
  /** The code that the administrator handed over at the reset. */
  | { next: 'enrolment-code' }
  | { next: 'enrol'; factors: FactorId[] }
  /** `offer`: a set-up that is required from `until` on, and can be postponed till then. */
  | {
      next: 'done';
      authentication: Authentication;
      offer?: Offer;
    }
  /** No sign-in of this person can meet the request (`unmet_authentication_requirements`); `why`: for the app. */
  | { next: 'refuse'; why?: string };

export type Decision = NextStep & { reasons: string[] };
