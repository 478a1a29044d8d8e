/**
 * What a page for people who are signed in is, and what it may see and answer. This folder owns what the
 * account pages and the console share: the door that people come in by (authorization-request.ts), what
 * each request is judged by (visit.ts), and the dispatcher of a table of pages (routes.ts).
 */
import type { Context } from 'koa';
import type { Person } from '../../records/person.ts';
import type { Performed } from '../../audit/performed.ts';
import type { FactorId } from '../../records/factor-id.ts';
import type { Operation } from '../../policy/access.ts';
import type { Proof } from '../../records/proof.ts';
import type { MissingProof } from '../../policy/fresh-proof.ts';
import type { Subject } from '../../policy/assurance.ts';
import type { Fields } from '../forms.ts';
import type { UploadedFiles } from '../upload/multipart.ts';
import type { VisitorParts } from '../visitor-parts.ts';
import type { FlashMessage } from './flash-message.ts';

/** One request of somebody who is signed in well enough for the pages of an area. */
export interface Visit {
  parts: VisitorParts;
  ctx: Context;
  person: Person;
  who: Subject;
  /** The browser session at the provider that all this hangs on. */
  session: { uid: string; signedInAt: number };
  /** That count for this person now. */
  proofs: readonly Proof[];
  /** What is missing before anything is changed or shown (policy/fresh-proof.ts); undefined: nothing. */
  missing: MissingProof | undefined;
  /** Named parts of the path. */
  params: Readonly<Record<string, string>>;
  /** What was filled in before a step-up; without secrets. Empty on an ordinary visit. */
  held: Fields;
  /** The hash of the browser's own secret. */
  browser: string;
  /** The request, as what it changes is told by. */
  performed: Performed;
  /** Milliseconds since the epoch. */
  now: number;
}

export type Answer =
  /** A page; `context` is what its template wants beyond what every page of the area gets. */
  | { show: string; context: object; status?: number }
  /** A text to keep, as a file of that name; `download`: its template. */
  | { download: string; context: object; name: string }
  /** A file of any length, of that name and media type, made while it is sent. */
  | { file: AsyncIterable<string>; type: string; name: string }
  /** Done: on to this path with something to say (`said.<what>` in the catalogue). */
  | { to: string; said?: FlashMessage }
  /** Done, and everything issued under the older epoch has ended: this browser goes on under the new one. */
  | { to: string; said?: FlashMessage; carry: { epoch: number } }
  /** Out to the sign-in, to set a factor up; it comes back to `to`. `replaces`: id of an authenticator. */
  | { enrol: FactorId; to: string; replaces?: string };

export interface Page<Section extends string = string> {
  /** With `:name` parts; all below the area's home. */
  path: string;
  /** Of the table of who may do what: the page is about it, and what it posts does it. */
  operation: Operation;
  section: Section;
  /** Only with a fresh proof, to see it and to post it. What its operation says is asked of a post anyway. */
  fresh: boolean;
  show(visit: Visit): Promise<Answer>;
  /** Bytes of all files of its form together; absent: it has none. After a step-up what was filled in is there, and they are chosen again. */
  upload?: number;
  submit?(visit: Visit, fields: Fields, files: UploadedFiles): Promise<Answer>;
}

/** Pages that people come to by one client of the provider. */
export interface Area {
  /** `client_id`. */
  client: string;
  /** Its first page; all others are below it. */
  home: string;
  /** Where the browser comes back to from the authorization endpoint. */
  callback: string;
  /** What whoever is there acts as. */
  actor: 'self' | 'administrator';
}
