/** Loads the sign-in that a request is about, and refuses what is not this browser's or no longer open. */
import type { Context } from 'koa';
import { clientMetadata, getClient, policyOf } from '../src/oidc/clients.ts';
import { requestOf, situation } from '../src/oidc/authentication.ts';
import { sessionProofs } from '../src/oidc/proofs.ts';
import { signInKind, type SignInRecord } from '../src/oidc/sign-in-record.ts';
import type { Person } from '../src/accounts/person.ts';
import type { Proof } from '../src/factors/factor.ts';
import type { ClientPolicy, Who } from '../src/policy/requirement.ts';
import { requiredSteps, type Decision } from '../src/policy/required-steps.ts';
import { Problem } from '../src/problem.ts';
import { browserOf } from '../src/web/browser-secret.ts';
import { sceneOf } from '../src/web/scene.ts';
import type { Visit } from './step.ts';
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
  const record = await parts.store.get(signInKind, id);
  if (!record) throw new Problem('interaction-expired');
  if (record.browser !== browser) throw new Problem('interaction-foreign', { status: 403 });
  if (record.state === 'spent') throw new Problem('already-finished', { status: 409 });

  const params = record.payload.params ?? {};
  ctx.state['uiLocales'] = params['ui_locales'];
  const client = await getClient(parts.store, String(params['client_id']));
  if (!client) throw new Problem('unknown-client');
  const policy = policyOf(clientMetadata(client));
  return {
    parts,
    ctx,
    id,
    ...place,
    record,
    client: { id: client.id, name: client.name, uri: client.redirectUris[0] ?? null, policy },
    browser,
    scene: sceneOf(ctx, client.id),
    now: parts.now(),
    ...(await judge(parts, record, policy)),
  };
}

async function judge(
  parts: VisitorParts,
  record: SignInRecord,
  client: ClientPolicy,
): Promise<{ who: Who | undefined; person: Person | undefined; decision: Decision }> {
  const { person, proofs } = await whoIsIt(parts, record);
  const known = {
    person,
    proofs,
    client,
    request: requestOf(record.payload.params ?? {}, record.startedAt, record.setUp),
    enrolmentCodeShown: record.enrolmentCodeShown,
  };
  const complete = await situation(parts, known);
  return { who: complete.who, person, decision: requiredSteps(complete) };
}

/** Whoever gave the password here; else whose session the sign-in began in, with the proofs of that session. */
async function whoIsIt(
  parts: VisitorParts,
  record: SignInRecord,
): Promise<{ person: Person | undefined; proofs: Proof[] }> {
  const { session } = record.payload;
  const id = record.person?.id ?? session?.accountId;
  const person = id === undefined ? undefined : await parts.people.get(undefined, id);
  if (!person?.active) return { person: undefined, proofs: [] };
  const own = record.person?.epoch === person.epoch ? record.proofs : [];
  const inherits = session?.accountId === person.id && !wantsAnother(record);
  const before = inherits && session.uid ? await sessionProofs(parts, session.uid, person) : [];
  return { person, proofs: [...before, ...own] };
}

/** The library asked because the session's person is not the one that the request hints at. */
function wantsAnother(record: SignInRecord): boolean {
  const reasons = record.payload.prompt?.reasons ?? [];
  return reasons.includes('id_token_hint') || reasons.includes('claims_id_token_sub_value');
}
