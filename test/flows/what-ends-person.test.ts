/** The table of what ends when, walked by HTTP: what somebody changes of their own. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { makeLink } from '../../src/records/link.ts';
import { getPerson } from '../../src/records/person.ts';
import { PERSON_CAUSES, type PersonCause } from '../../src/policy/revocation.ts';
import { memberOf } from '../support/account.ts';
import { createHttpBrowser, type HtmlPage } from '../support/http-browser.ts';
import { secretOn, setFields, type Live } from '../support/live-artefacts.ts';
import { mailedCode, Visitor } from '../support/policy.ts';
import { codeOf, PASSWORD } from '../support/server.ts';
import { stepOf } from '../support/sign-in.ts';
import {
  linksOn,
  OPERATOR_CAUSES,
  press,
  useWalk,
  type Act,
  type OperatorCause,
} from '../support/what-ends.ts';

const NEW_PASSWORD = 'gravel-sonnet-umbrella';
const at = useWalk();

const TWO_STEP = '/account/two-step';
const page =
  (path: string, fields?: Record<string, string>) =>
  (live: Live): Promise<void> =>
    press(live, path, fields);
/** What the operator does to somebody is walked in what-ends-operator.test.ts. */
type OwnCause = Exclude<PersonCause, OperatorCause>;

const ACTS: Record<OwnCause, Act> = {
  'password-changed': {
    async does(live) {
      const fields = { present: PASSWORD, password: NEW_PASSWORD, password_repeat: NEW_PASSWORD };
      await press(live, '/account/password/change', fields);
      live.password.now = NEW_PASSWORD;
    },
  },
  'password-reset': { does: (live) => setPassword(live, 'mailbox') },
  'password-set': { does: (live) => setPassword(live, undefined) },
  'factor-added': { does: (live) => setUpAuthenticator(live, `${TWO_STEP}/set-up/totp`) },
  'factor-replaced': {
    async does(live) {
      const [replace = ''] = await linksOn(live, TWO_STEP, /\/replace$/u);
      await setUpAuthenticator(live, replace);
    },
  },
  'factor-removed': {
    async does(live) {
      const [replace = ''] = await linksOn(live, TWO_STEP, /\/replace$/u);
      await press(live, replace.replace(/replace$/u, 'remove'));
    },
  },
  'email-codes-on': {
    options: { totp: true },
    async does(live) {
      const { login } = live.person;
      const address = `${login}@home.test`;
      await setFields(live, { secondaryEmail: { address, verifiedAt: live.server.now() } });
      await press(live, `${TWO_STEP}/email/on`);
    },
  },
  'email-codes-off': { does: page(`${TWO_STEP}/email/off`) },
  'one-time-codes-made': { does: page(`${TWO_STEP}/codes/new`) },
  'one-time-code-used': {
    async does({ server, person, apps }) {
      const visitor = await (await new Visitor(server, apps.webmail).start()).password(person);
      await visitor.oneTimeCode(person, 0);
      assert.ok(visitor.back?.code, visitor.notice);
    },
  },
  'address-added': { options: { totp: true }, does: (live) => verify(live, 'home') },
  'address-replaced': { does: (live) => verify(live, 'home', 'second-') },
  'address-removed': { does: page('/account/password/address/remove') },
  'mfa-disabled': {
    first: (server) => server.setOrganisationMfa('optional'),
    does: page(`${TWO_STEP}/disable`),
    last: (server) => server.setOrganisationMfa('required'),
  },
  'not-me': { does: page('/account/not-me') },
};

/** By a link that was mailed there, or that the operator has handed over. */
async function setPassword(live: Live, mailedTo: 'mailbox' | undefined): Promise<void> {
  const { server, person } = live;
  const { id } = person.person;
  const { epoch = 0 } = (await getPerson(server.store, id)) ?? {};
  const purpose = { purpose: 'set-password', person: id, epoch } as const;
  const link = mailedTo ? { ...purpose, mailedTo } : purpose;
  const token = await makeLink(server, link, 3600, server.now());
  const browser = createHttpBrowser(server.issuer);
  const form = await browser.open(`${server.issuer}/set-password?token=${token}`);
  const fields = { password: NEW_PASSWORD, password_repeat: NEW_PASSWORD };
  assert.equal((await browser.submit(form, fields)).url.pathname, '/set-password/done');
  live.password.now = NEW_PASSWORD;
}

/** In a browser of its own, through the wizard to its last page. */
async function setUpAuthenticator({ server, person }: Live, path: string): Promise<void> {
  const { browser, open } = memberOf(server, person);
  const begun = await open(path);
  assert.match(stepOf(begun), /^totp-enrol/u, begun.html.slice(0, 2000));
  const to = (step: string): Promise<HtmlPage> =>
    browser.open(new URL(`/interaction/${begun.url.pathname.split('/')[2]}/${step}`, begun.url));
  const secret = secretOn(await to('totp-enrol/scan')) ?? '';
  const code = codeOf(secret, server.now());
  const done = await browser.submit(await to('totp-enrol/code'), { go: 'submit', code });
  assert.equal(stepOf(done), 'enrolled', done.html.slice(0, 2000));
}

async function verify(live: Live, host: string, before = ''): Promise<void> {
  const { server, member, person } = live;
  const login = `${before}${person.login}`;
  const form = await member.open('/account/password/address');
  const next = await member.submit(form, { address: `${login}@${host}.test` });
  assert.match(next.url.pathname, /\/verify$/u, next.html.slice(0, 2000));
  const code = await mailedCode(server, { ...person, login });
  const done = await member.submit(next, { go: 'submit', code });
  assert.equal(done.url.pathname, '/account/password', done.html.slice(0, 2000));
}

const isOwn = (cause: string): cause is OwnCause => !OPERATOR_CAUSES.some((one) => one === cause);

describe('what ends of a person’s when they change something, and when', () => {
  for (const cause of Object.keys(PERSON_CAUSES).filter(isOwn)) at.walk(cause, ACTS[cause]);
});
