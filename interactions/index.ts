/**
 * The pages between `/auth` and the redirect back. This folder owns the sign-in: an ordered table of
 * steps, one pure function that says which is due (next-step.ts), and this dispatcher. Steps answer;
 * they never call one another and never redirect.
 *
 *      /auth (oidc-provider)
 *        |  nothing in the session that is enough
 *        v
 *   dispatch -----------------> loadVisit: record, browser, person, client
 *   (GET /interaction/:uid)        |
 *        ^                         v
 *        |              requiredSteps (policy, pure): a decision
 *        |                         |
 *        |                         v
 *        |              nextStep (pure): which steps are due
 *        |                |                 |              |
 *        |            { steps }         'finish'       'refuse'
 *        |                v                 v              v
 *   303  |      .../:uid/:step/:page   finishSignIn   finishWithError
 *   next |        show | submit             |              |
 *        |                v                 +------+-------+
 *        |       a secret: attempt(...)            v
 *        |       takes a try, compares      result in the record, once
 *        |                v                        |
 *        +----- addProof(...): proof and           v
 *               event, one conditional      /auth/:uid (resume): judged again,
 *               write of the record         then the redirect back to the app
 *
 *   select-account > password > not-open | factor-barred > enrolment-code > ...-enrol > enrolled > again
 *   password > totp | passkey | email-code | one-time-codes > one-time-codes-new > consent
 */
import Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import { interactionPath } from '../src/oidc/authorization/interaction-path.ts';
import {
  changeSignIn,
  keepSignIn,
  NOTHING_PROVEN,
  withoutSession,
} from '../src/records/sign-in.ts';
import { browserOf } from '../src/web/browser-secret.ts';
import { clientRedirect } from '../src/web/client-redirect.ts';
import { readForm, type Fields } from '../src/web/forms.ts';
import { allowPrivateScheme } from '../src/net/response-headers.ts';
import { clientOfNobody } from './parts/begun.ts';
import { carryOver } from './parts/session-transfer.ts';
import { consent } from './steps/consent.ts';
import { emailCodeEnrol } from './steps/set-up/email-code-enrol.ts';
import { emailCode } from './steps/email-code.ts';
import { enrolledStep } from './steps/set-up/enrolled.ts';
import { enrolmentCode } from './steps/set-up/enrolment-code.ts';
import { factorBarred } from './steps/factor-barred.ts';
import { finish, finishSignIn, finishWithError, resumePath } from './finish.ts';
import { nextStep } from './next-step.ts';
import { notOpen } from './steps/not-open.ts';
import { oneTimeCodesNew } from './steps/set-up/one-time-codes-new.ts';
import { oneTimeCodes } from './steps/one-time-codes.ts';
import { passkeyEnrol } from './steps/set-up/passkey-enrol.ts';
import { passkey } from './steps/passkey.ts';
import { password } from './steps/password.ts';
import { changeVisit, eventOf } from './parts/report.ts';
import { selectAccount } from './steps/select-account.ts';
import { keepSetUpPage, takeSetUpPage } from './parts/set-up-page.ts';
import type { Answer, Step, Visit } from './step.ts';
import { totpEnrol } from './steps/set-up/totp-enrol.ts';
import { totp } from './steps/totp.ts';
import { loadVisit } from './visit.ts';
import type { VisitorParts } from '../src/web/visitor-parts.ts';

/** In the order in which a sign-in meets them. */
export const steps: readonly Step[] = [
  selectAccount,
  password,
  notOpen,
  factorBarred,
  enrolmentCode,
  totpEnrol,
  passkeyEnrol,
  emailCodeEnrol,
  enrolledStep,
  totp,
  passkey,
  emailCode,
  oneTimeCodes,
  oneTimeCodesNew,
  consent,
];

export function interactionRoutes(parts: VisitorParts): Router {
  const router = new Router();
  router.get('/interaction/:uid', (ctx) => dispatch(parts, ctx, place(ctx, 'uid')));
  router.get('/interaction/:uid/:step{/:page}', async (ctx) => {
    const { visit, step } = await visitOfDueStep(parts, ctx);
    if (step) await sendAnswer(visit, step, await step.show(visit));
  });
  router.post('/interaction/:uid/:step{/:page}', async (ctx) => {
    const fields = await readForm(ctx, parts.vault);
    const ahead = readAhead(parts, ctx, fields);
    const { visit, step } = await visitOfDueStep(parts, ctx, fields);
    if (!step) return;
    const given = await step.submit(visit, fields, ahead);
    await keepPosted('next' in given && given.next !== true ? given.next : visit);
    await sendAnswer(visit, step, given);
  });
  return router;
}

/** Where the library sends a browser to a sign-in. */
const BEGUN = /^\/interaction\/([\w-]+)(?:\?|$)/u;

/**
 * Whom the library sends to a sign-in goes to the page that is due there, a round trip earlier. It comes before what
 * waits for the request's writes: the session that the sign-in rests on is one of them.
 */
export function firstPage(parts: VisitorParts): Middleware {
  return async (ctx, next) => {
    await next();
    const [, uid] = (ctx.status === 303 && BEGUN.exec(ctx.response.get('Location'))) || [];
    if (uid === undefined) return;
    ctx.remove('Location');
    const client = clientOfNobody(ctx, uid);
    if (client === undefined) return dispatch(parts, ctx, uid);
    ctx.redirect(interactionPath(uid, client, password.name));
  };
}

async function dispatch(parts: VisitorParts, ctx: Context, uid: string): Promise<void> {
  const at = { uid, page: '' };
  const visit = await loadVisit(parts, ctx, at);
  await goOn((await carryOver(visit)) ? await loadVisit(parts, ctx, at) : visit);
}

/**
 * The visit, and its step when that is the one which is due. Otherwise (the back button, a second
 * tab) the browser is already on its way to the one that is, and there is nothing left to do.
 */
async function visitOfDueStep(
  parts: VisitorParts,
  ctx: Context,
  posted?: Fields,
): Promise<{ visit: Visit; step: Step | undefined }> {
  const name = place(ctx, 'step');
  const visit = await loadVisit(parts, ctx, { uid: place(ctx, 'uid'), page: place(ctx, 'page') });
  const isOpen = visit.record.state === 'open';
  const way = isOpen ? COMMON_ACTIONS.get(posted?.['go'] ?? '') : undefined;
  const due = nextStep(visit.record, visit.decision);
  const known = steps.find((candidate) => candidate.name === name);
  const step = isOpen && typeof due === 'object' && due.steps.includes(name) ? known : undefined;
  if (way) {
    await way(visit);
    return { visit, step: undefined };
  }
  if (step) return { visit, step };
  await keepSetUpPage(visit, name, posted ?? {});
  await goOn(visit);
  return { visit, step: undefined };
}

function readAhead(
  parts: VisitorParts,
  ctx: Context,
  fields: Fields,
): Promise<unknown> | undefined {
  const step = steps.find(({ name }) => name === place(ctx, 'step'));
  const id = parts.vault.hash('interaction', place(ctx, 'uid'));
  const ahead = step?.ahead?.({ parts, id, browser: browserOf(ctx), fields });
  // A failure is told to the step that needs it.
  ahead?.catch(() => {});
  return ahead;
}

/** A proof has done so already. */
async function keepPosted({ parts, id, record }: Visit): Promise<void> {
  if (!record.posted) await keepSignIn(parts.store, id, parts.config.lifetimes.sign_in);
}

/** Sends the browser to what is due. */
async function goOn(visit: Visit): Promise<void> {
  const { record, decision } = visit;
  if (record.state === 'finished') return leave(visit, resumePath(visit));
  const due = nextStep(record, decision);
  if (due === 'refuse') {
    const why = 'why' in decision ? decision.why : undefined;
    const description = why ?? 'no sign-in of this person can meet the request';
    return leave(
      visit,
      await finishWithError(visit, 'unmet_authentication_requirements', description),
    );
  }
  if (due === 'finish') {
    if (decision.next !== 'done') throw new Error('Finished without a decision.');
    return leave(visit, await finishSignIn(visit, decision.authentication));
  }
  // A step that is not in the list would send the browser round in circles.
  const back = await takeSetUpPage(visit, due.steps);
  if (back) return redirect(visit, pathOf(visit, back.step, back.page));
  const first = due.steps.find((name) => steps.some((step) => step.name === name));
  if (first === undefined) throw new Error(`No such step: ${due.steps.join(', ')}`);
  return redirect(visit, pathOf(visit, first));
}

async function sendAnswer(visit: Visit, step: Step, given: Answer): Promise<void> {
  const { parts, ctx, uid } = visit;
  if ('show' in given) {
    const action = pathOf(visit, step.name, visit.page);
    const printPage = pathOf(visit, step.name, 'print');
    allowPrivateScheme(ctx, redirectUri(visit));
    const downloadPage = pathOf(visit, step.name, 'download');
    const pages = { action, printPage, downloadPage };
    const context = { ...(await named(visit, given.context)), ...pages };
    return parts.pages.show(ctx, given.show, context, given.status);
  }
  if ('download' in given)
    return parts.pages.download(ctx, given.download, given.context, given.name);
  if ('page' in given) return redirect(visit, pathOf(visit, step.name, given.page));
  if ('error' in given)
    return leave(visit, await finishWithError(visit, given.error, given.description));
  if ('result' in given) return leave(visit, await finish(visit, given.result));
  const { next } = given;
  return goOn(next === true ? await loadVisit(parts, ctx, { uid, page: '' }) : next);
}

/** The store is asked who else is called so for the pages alone that say it. */
async function named(
  { parts, client }: Visit,
  context: object & { client?: object },
): Promise<object> {
  if (!context.client) return context;
  const name = await parts.clientLabel(client);
  return { ...context, client: { ...context.client, name } };
}

async function cancel(visit: Visit): Promise<void> {
  leave(visit, await finishWithError(visit, 'access_denied', 'the person cancelled the sign-in'));
}

/** "Not you?": forgets what was proven here, and begins with the password. */
async function restart(visit: Visit): Promise<void> {
  await keepPosted(visit);
  await changeSignIn(visit.parts.store, visit.id, (record) => ({
    ...withoutSession(record),
    ...structuredClone(NOTHING_PROVEN),
  }));
  await goOn(await loadVisit(visit.parts, visit.ctx, { uid: visit.uid, page: '' }));
}

/** "Not now": a set-up that is required later, or a new set of codes, is put off until the next sign-in. */
async function postpone(visit: Visit): Promise<void> {
  await changeVisit(visit, (record) =>
    record.newCodes === 'wanted' ? { ...record, newCodes: null } : record,
  );
  const event = eventOf(visit, 'sign-in.postponed', { reasons: visit.decision.reasons });
  if (visit.decision.next === 'done' && visit.decision.offer)
    await changeVisit(visit, (record) => ({ ...record, postponed: true }), [{ event }]);
  await goOn(await loadVisit(visit.parts, visit.ctx, { uid: visit.uid, page: '' }));
}

/** What the buttons do that are on many pages. */
const COMMON_ACTIONS: ReadonlyMap<string, (visit: Visit) => Promise<void>> = new Map([
  ['cancel', cancel],
  ['restart', restart],
  ['postpone', postpone],
]);

/** To another page of the sign-in. */
function redirect({ ctx }: Visit, to: string): void {
  ctx.status = 303;
  ctx.redirect(to);
}

/** Back to the authorization request, which leads to the app. */
function leave(visit: Visit, to: string): void {
  clientRedirect(visit.parts.pages, visit.ctx, to, redirectUri(visit));
}

function redirectUri({ record }: Visit): unknown {
  return record.payload.params?.['redirect_uri'];
}

function pathOf({ uid, client }: Visit, ...page: readonly string[]): string {
  return interactionPath(uid, client.id, ...page);
}

function place(ctx: Context, name: string): string {
  const value: unknown = (ctx['params'] as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : '';
}
