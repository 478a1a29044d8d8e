/**
 * The set-up wizard of the authenticator app inside a sign-in. Its pages are the paths below the
 * step; the last page of every set-up is a step of its own (enrolled.ts).
 */
import { z } from 'zod';
import { entryOwner } from '../../../src/branding/brand.ts';
import type { Person } from '../../../src/records/person.ts';
import { refusalNotice } from '../../../src/factors/code-notice.ts';
import {
  activateAuthenticator,
  pendingAuthenticator,
} from '../../../src/operations/factors/activate-authenticator.ts';
import { sixDigits } from '../../../src/factors/totp.ts';
import { REPLACES } from '../../../src/oidc/clients/own/account-client.ts';
import { ACCOUNT_CLIENT } from '../../../src/oidc/clients/own/own-clients.ts';
import { parseFields, text, type Fields } from '../../../src/web/forms.ts';
import type { Notice } from '../../../src/web/pages.ts';
import { isEnrolled } from '../../../src/policy/factors.ts';
import {
  codePage,
  plainPage,
  scanPage,
  turnPage,
  type Alternatives,
  type Said,
} from '../../../src/web/totp-wizard.ts';
import { countedFor } from '../../parts/counted-for.ts';
import { showEnrolled } from '../../parts/enrolled-stage.ts';
import { daysToPostpone, otherSetUps } from '../../parts/other-ways.ts';
import { isAskedFor, previousOf } from '../../parts/previous-page.ts';
import { performedIn } from '../../parts/report.ts';
import { typedName } from '../../parts/set-up-page.ts';
import type { Answer, Step, Visit } from '../../step.ts';

const form = z.object({ go: text(20), code: text(64), pending: text(64), name: text(60) });

export const totpEnrol: Step = {
  name: 'totp-enrol',

  async show(visit) {
    return enrolPage(visit, visit.page, NOTHING);
  },

  async submit(visit, fields) {
    const parsed = parseFields(form, fields);
    if (!parsed.ok) return refusedForm(visit, fields, parsed.errors);
    const { go, ...typed } = parsed.values;
    if (go === 'submit') return activate(visit, typed);
    if (go === 'refresh' && visit.person) {
      await pendingAuthenticator(visit.parts, whoIsHere(visit, visit.person), true, visit.now);
      return { page: 'scan' };
    }
    // The set-up that is offered first: this is another one.
    if (go === 'previous' && visit.page === '') return { next: true };
    return { page: turnPage(visit.page, go) };
  },
};

/** Both of its fields at once, and the code is not looked at. */
function refusedForm(visit: Visit, fields: Fields, { name }: Fields): Promise<Answer> {
  const isCode = sixDigits(fields['code'] ?? '') !== undefined;
  const errors = {
    ...(isCode && name ? {} : { code: 'six-digits-format' }),
    ...(name ? { name } : {}),
  };
  return enrolPage(visit, visit.page, { problem: null, errors }, 400, fields['name']);
}

interface Typed {
  code: string;
  pending: string;
  name: string;
}

async function activate(visit: Visit, typed: Typed): Promise<Answer> {
  const code = sixDigits(typed.code);
  const again = (problem: Notice, status = 400): Promise<Answer> =>
    enrolPage(visit, 'code', { problem, errors: {} }, status, typed.name);
  if (code === undefined) return again({ code: 'six-digits-format', values: {} });
  const { person, parts } = visit;
  if (!person) return { next: true };
  const counted = await countedFor(visit, person.id);
  const tried = await activateAuthenticator(
    parts,
    performedIn(visit, person),
    { person, counted },
    { pendingId: typed.pending, code, name: typed.name.trim(), replaces: replacedBy(visit) },
  );
  if (tried.accepted) {
    await showEnrolled(visit, person.id, 'totp', tried.accepted.newCodes);
    return { next: true };
  }
  const [refused = { verdict: 'wrong' }] = tried.refused;
  return again(refusalNotice(refused), 'verdict' in refused ? 400 : 429);
}

const whoIsHere = ({ browser }: Visit, { id, epoch }: Person) => ({ id, epoch, browser });

/** Only the account pages ask for a replacement. */
function replacedBy({ client, record }: Visit): string | undefined {
  const id = record.payload.params?.[REPLACES];
  return client.id === ACCOUNT_CLIENT && typeof id === 'string' ? id : undefined;
}

const NOTHING: Said = { problem: null, errors: {} };

function addingTo(visit: Visit): Alternatives['adding'] {
  if (!visit.person || !isEnrolled(visit.person)) return '';
  return replacedBy(visit) === undefined ? 'another' : 'replacement';
}

async function enrolPage(
  visit: Visit,
  name: string,
  said: Said,
  status = 200,
  typed = typedName(visit, totpEnrol.name),
): Promise<Answer> {
  const { parts, who, now, client } = visit;
  const others = otherSetUps(visit, 'totp');
  // Whoever has several wants to tell them apart.
  const named = client.id === ACCOUNT_CLIENT ? typed : null;
  const shared = {
    others,
    postpone: daysToPostpone(visit),
    named,
    adding: addingTo(visit),
    voluntary: isAskedFor(visit),
    previous: previousOf(visit, totpEnrol.name),
  };
  if (!who || (name !== 'scan' && name !== 'code')) return plainPage(name, 'sign-in', shared);
  const pending = await pendingAuthenticator(parts, whoIsHere(visit, who.person), false, now);
  if (!pending) return { next: true };
  if (name === 'code') return { ...codePage(pending.id, said, 'sign-in', now, shared), status };
  const issuer = entryOwner(parts.config.branding, who.organisation.name);
  const names = { issuer, account: who.person.email };
  return scanPage(parts.vault, pending, names, 'sign-in', shared);
}
