/** What a step of the sign-in is, and what it may see and answer. Steps never call one another. */
import type { Context } from 'koa';
import type { KnownComputer } from '../src/devices/known-computer.ts';
import type { Organisation } from '../src/records/organisation.ts';
import type { Person } from '../src/records/person.ts';
import type { Proof } from '../src/records/proof.ts';
import type { RequestOrigin } from '../src/net/request-origin.ts';
import type { Metadata } from '../src/oidc/clients/client-standing.ts';
import type { SignInRecord } from '../src/records/sign-in.ts';
import type { MissingProof } from '../src/policy/fresh-proof.ts';
import type { ClientPolicy, Subject } from '../src/policy/assurance.ts';
import type { Decision } from '../src/policy/authentication-context.ts';
import type { Fields } from '../src/web/forms.ts';
import type { VisitorParts } from '../src/web/visitor-parts.ts';

/** One request to a sign-in that is open, in the browser that began it. */
export interface Visit {
  parts: VisitorParts;
  ctx: Context;
  /** The id of its record in the store. */
  id: string;
  uid: string;
  record: SignInRecord;
  client: {
    id: string;
    /** As it is registered; a page that shows it gets it as people are told (src/oidc/clients/client-names.ts). */
    name: string;
    uri: string | null;
    policy: ClientPolicy;
    firstParty: boolean;
    /** As the library has it. */
    metadata: Metadata;
  };
  /** Who the policy's decision is about; undefined before the password. */
  who: Subject | undefined;
  person: Person | undefined;
  /** That the sign-in began in, while it lives. */
  session: LivingSession | undefined;
  decision: Decision;
  /** What is missing before a factor or code may be set up, changed or shown; undefined: nothing. */
  missing: MissingProof | undefined;
  /** The hash of the browser's own secret. */
  browser: string;
  /** The computer as it is known to the person with that id, where it is being read already. */
  computer?: { person: string; known: Promise<KnownComputer | undefined> } | undefined;
  /** The organisation with that id, where it is being read already. */
  organisation?: { id: string; read: Promise<Organisation | undefined> };
  /** Where the request comes from. */
  origin: RequestOrigin;
  /** The page within the step: the last segment of the path, '' for its first one. */
  page: string;
  now: number;
}

/** A session with its proofs. */
export interface LivingSession {
  person: Person;
  proofs: Proof[];
}

/** What a step answers. The dispatcher (index.ts) turns it into a page or a redirect. */
export type Answer =
  | { show: string; context: object; status?: number }
  /** A text to keep, as a file of that name; `download`: its template. */
  | { download: string; context: object; name: string }
  /** Another page of the same step. */
  | { page: string }
  /** Something was settled: ask the policy what is next; of the visit as it goes on, where that is known. */
  | { next: Visit | true }
  /** Ends the authorization request with an OAuth error. */
  | { error: string; description: string }
  /** Ends a prompt of the library other than `login`. */
  | { result: Record<string, unknown> };

/** What is posted to a sign-in, before anything is known of it. */
export interface Posted {
  parts: VisitorParts;
  /** The id of its record in the store. */
  id: string;
  browser: string;
  fields: Fields;
}

export interface Step<Ahead = unknown> {
  /** Path segment, and basename of its templates. */
  name: string;
  show(visit: Visit): Promise<Answer>;
  /** Begins to read what is posted about, beside the sign-in itself. Whether it is due is not known yet. */
  ahead?(posted: Posted): Promise<Ahead | undefined>;
  /** `ahead`: what was begun so. */
  submit(visit: Visit, fields: Fields, ahead?: Promise<Ahead | undefined>): Promise<Answer>;
}
