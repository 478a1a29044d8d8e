/** Loads the sign-in that a request is about, and refuses what is not this browser's or no longer open. */
import type { Context } from 'koa';
import type { ClientRecord } from '../src/records/client.ts';
import { getKnown } from '../src/devices/known-computer.ts';
import { recordOf } from '../src/oidc/clients/clients.ts';
import { policyFor } from '../src/oidc/resources/scope-floors.ts';
import { requestOf, authenticationContext } from '../src/oidc/authorization/authentication.ts';
import { sessionProofs } from '../src/oidc/adapters/proofs.ts';
import {
  changeSignIn,
  NOTHING_PROVEN,
  signInCollection,
  withoutSession,
  type SignInRecord,
} from '../src/records/sign-in.ts';
import { SUBJECT_REASONS } from '../src/oidc/authorization/requested-subject.ts';
import type { Person } from '../src/records/person.ts';
import { getOrganisation, type Organisation } from '../src/records/organisation.ts';
import type { Proof } from '../src/records/proof.ts';
import { missingProof } from '../src/policy/fresh-proof.ts';
import { isActive, type ClientPolicy } from '../src/policy/assurance.ts';
import { requiredSteps } from '../src/policy/required-steps.ts';
import { Problem } from '../src/problem.ts';
import { browserOf } from '../src/web/browser-secret.ts';
import { showFor } from '../src/web/brand/organisation-brand.ts';
import { requestOrigin } from '../src/net/request-origin.ts';
import type { LivingSession, Visit } from './step.ts';
import type { VisitorParts } from '../src/web/visitor-parts.ts';

/**
 * Problems: `interaction-expired` (unknown or too old), `interaction-foreign` (another browser's),
 * `already-finished`. A sign-in whose result waits to be fetched is answered by the caller.
 */
export async function loadVisit(
  parts: VisitorParts,
  ctx: Context,
  place: { uid: string; page: string },
): Promise<Visit> {
  const id = parts.vault.hash('interaction', place.uid);
  const browser = browserOf(ctx);
  const begun = beginReads(parts, ctx, { id, browser });
  const found = await begun.record;
  if (!found) throw new Problem('interaction-expired');
  if (found.browser !== browser) throw new Problem('interaction-foreign', { status: 403 });
  if (found.state === 'spent') throw new Problem('already-finished', { status: 409 });
  const session = await sessionOf(parts, begun, found);
  const record = session === 'ended' ? await beginAgain(parts, id, found) : found;

  const params = record.payload.params ?? {};
  ctx.state['uiLocales'] = params['ui_locales'];
  // As the library has it: at most half a second old.
  const metadata = await parts.provider.Client.find(String(params['client_id']));
  if (!metadata) throw new Problem('unknown-client');
  const policy = await policyFor(parts.resources, metadata, params['scope']);
  const living = session === 'ended' ? undefined : session;
  const judged = await judge(parts, begun, { id, record, session: living, policy });
  ctx.state['ownLanguage'] = judged.person?.language;
  showFor(ctx, judged.who?.organisation ?? (await onlyOrganisation(parts, policy)));
  return {
    parts,
    ctx,
    id,
    ...place,
    record,
    client: { ...clientShown(recordOf(metadata)), policy, metadata },
    browser,
    computer: begun.computer,
    origin: requestOrigin(ctx, metadata.clientId),
    now: parts.now(),
    session: living,
    ...judged,
  };
}

/** How somebody and their organisation are read, each as it is in the store now or was as the request began. */
interface Reads {
  person(id: string): Promise<Person | undefined>;
  organisation(id: string): Promise<Organisation | undefined>;
}

interface Begun extends Reads {
  record: Promise<SignInRecord | undefined>;
  computer: Visit['computer'];
}

/** The record, and beside it what is read for it, as far as this process knows whom it is about. */
function beginReads(
  parts: VisitorParts,
  ctx: Context,
  { id, browser }: { id: string; browser: string },
): Begun {
  const record = parts.store.get(signInCollection, id);
  const known = parts.signIns.get(id);
  if (!known) return { ...readsNow(parts), record, computer: undefined };
  const { person, organisation } = known;
  const request = {};
  const theirs = getOrganisation(parts.store, organisation);
  const isTry = ctx.method === 'POST';
  const computer = isTry ? { person, known: getKnown(parts, person, browser) } : undefined;
  // A failure is told to whoever needs it.
  for (const one of [parts.people.get(request, person), theirs, computer?.known])
    one?.catch(() => {});
  return {
    record,
    person: (whom) => parts.people.get(request, whom),
    organisation: (whose) =>
      whose === organisation ? theirs : getOrganisation(parts.store, whose),
    computer,
  };
}

function readsNow({ people, store }: VisitorParts): Reads {
  return {
    person: (id) => people.get(undefined, id),
    organisation: (id) => getOrganisation(store, id),
  };
}

/** Of a client that is open to one alone: its people see whose sign-in it is before they say who they are. */
async function onlyOrganisation(
  { readOrganisation }: Pick<VisitorParts, 'readOrganisation'>,
  { organisations }: ClientPolicy,
): Promise<Organisation | undefined> {
  const [only, another] = organisations ?? [];
  return only === undefined || another !== undefined ? undefined : readOrganisation(only);
}

/**
 * The visit with its record as something was just proven in it. `person`: whose proof it is, as they were read in
 * this request.
 */
export async function goOnWith(visit: Visit, record: SignInRecord, person: Person): Promise<Visit> {
  const { parts, ctx, id, session, client, organisation } = visit;
  const own = visit.who?.organisation;
  // What was read for this request says what is due after it: it is judged anew when it is fetched.
  const now = readsNow(parts);
  const reads: Reads = {
    person: async (whom) => (whom === person.id ? person : now.person(whom)),
    organisation: async (whose) => {
      if (whose === own?.id) return own;
      return whose === organisation?.id ? organisation.read : now.organisation(whose);
    },
  };
  const judged = await judge(parts, reads, { id, record, session, policy: client.policy });
  ctx.state['ownLanguage'] = judged.person?.language;
  return { ...visit, page: '', record, ...judged };
}

function clientShown({ id, name, firstParty, redirectUris }: ClientRecord) {
  return { id, name, firstParty, uri: redirectUris[0] ?? null };
}

async function sessionOf(
  parts: VisitorParts,
  reads: Reads,
  { payload: { session } }: SignInRecord,
): Promise<LivingSession | 'ended' | undefined> {
  if (!session?.uid || session.accountId === undefined) return undefined;
  const person = await reads.person(session.accountId);
  const proofs = person && (await sessionProofs(parts, session.uid, person));
  return person && proofs ? { person, proofs } : 'ended';
}

/**
 * The session that the sign-in began in has ended, and with it everything that was proven in it or
 * here. It goes on as one that nobody has begun; a consent goes back to the authorization endpoint. The
 * last page of a set-up stays, as it was the set-up itself that ended the session.
 */
async function beginAgain(
  { store }: VisitorParts,
  id: string,
  found: SignInRecord,
): Promise<SignInRecord> {
  if (found.state !== 'open' || found.stage === 'enrolled') return found;
  const { uid } = found.payload.session ?? {};
  const begun = await changeSignIn(store, id, (record) => {
    if (record.payload.session?.uid !== uid) return record;
    const isConsent = record.payload.prompt?.name === 'consent';
    const state = isConsent ? 'finished' : record.state;
    return { ...withoutSession(record), ...structuredClone(NOTHING_PROVEN), state };
  });
  // Finished in another tab meanwhile: its result is judged where it is fetched.
  return begun ?? { ...found, state: 'finished' };
}

interface Judging {
  /** Of the record. */
  id: string;
  record: SignInRecord;
  session: LivingSession | undefined;
  policy: ClientPolicy;
}

async function judge(
  parts: VisitorParts,
  reads: Reads,
  judging: Judging,
): Promise<Pick<Visit, 'who' | 'person' | 'decision' | 'missing'>> {
  const { id, record, policy: client } = judging;
  const { person, proofs } = await whoIsIt(parts, reads, judging);
  const request = requestOf(record.payload.params ?? {}, record.startedAt, record.setUp);
  const known = {
    person,
    proofs,
    client,
    request: record.newCodes === 'wanted' ? { ...request, fresh: true } : request,
    enrolmentCodeShown: record.enrolmentCodeShown,
    readOrganisation: reads.organisation,
  };
  const complete = await authenticationContext(parts, known);
  const { who } = complete;
  if (who) parts.signIns.set(id, { person: who.person.id, organisation: who.organisation.id });
  const missing = who && missingProof(who, complete);
  return { who, person, decision: requiredSteps(complete), missing };
}

/** Whoever gave the password here; else whose session the sign-in began in, with the proofs of that session. */
async function whoIsIt(
  parts: Pick<VisitorParts, 'now'>,
  reads: Reads,
  { record, session }: Judging,
): Promise<{ person: Person | undefined; proofs: Proof[] }> {
  const isSessions = !record.person || record.person.id === session?.person.id;
  const person = isSessions ? session?.person : await reads.person(record.person?.id ?? '');
  if (!person || !isActive(person, parts.now())) return { person: undefined, proofs: [] };
  const own = record.person?.epoch === person.epoch ? record.proofs : [];
  const before = isSessions && session && !wantsAnother(record) ? session.proofs : [];
  return { person, proofs: [...before, ...own] };
}

/** The library asked because the session's person is not the one that the request hints at. */
export function wantsAnother(record: Pick<SignInRecord, 'payload'>): boolean {
  const reasons = record.payload.prompt?.reasons ?? [];
  return reasons.some((reason) => SUBJECT_REASONS.includes(reason));
}
