/** What an operator changes about policy and people, and what is told of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { useInstallation } from '../support/command-line.ts';

const PASSWORD = 'granite-otter-balloon';
const latchkey = useInstallation(async () => {
  await ok(['org', 'add', 'Acme', '--mfa', 'optional']);
  await ok(['org', 'add', 'Other']);
  for (const login of ['alice', 'root']) {
    const role = login === 'root' ? 'administrator' : 'member';
    const names = ['--org', 'acme', '--email', `${login}@acme.test`, '--name', login];
    await ok(['user', 'add', login, ...names, '--role', role, '--password-stdin'], PASSWORD);
  }
  const uri = ['--redirect-uri', 'http://127.0.0.1:9/callback'];
  await ok(['client', 'add', 'Webmail', '--id', 'webmail', '--all-orgs', ...uri]);
});

const ok = async (args: readonly string[], stdin?: string): Promise<string> =>
  (await latchkey.ok(args, stdin)).stdout;
const json = async <T>(args: readonly string[]): Promise<T> =>
  JSON.parse(await ok([...args, '--json'])) as T;
const refused = async (args: readonly string[], code: number): Promise<string> =>
  (await latchkey.refused(args, code)).stderr;

interface Event {
  type: string;
  actor: string;
  outcome: string;
  details: Record<string, string>;
}
interface Explained {
  steps: { step: string; factors: string[]; reasons: string[] }[];
  token: { acr: string; amr: string[] } | null;
  trust_days: number;
  postponable_until: number | null;
  ignored_acr: string[];
  other_scopes: string[];
}
const explain = (user: string, more: string[] = []): Promise<Explained> =>
  json(['policy', 'explain', '--user', user, '--client', 'webmail', ...more]);
const stepsOf = ({ steps }: Explained): string[] => steps.map(({ step }) => step);

describe('latchkey org set', () => {
  it('changes MFA, date, factors and trusted days, and says what changed', async () => {
    const set = ['org', 'set', 'acme', '--mfa', 'required', '--grace-until', '2099-01-31'];
    const told = await ok([...set, '--factors', 'totp,one-time-codes', '--trusted-days', '7']);
    assert.match(told, /mfa: optional → required/u);
    assert.match(told, /grace_until: none → 2099-01-31/u);
    assert.match(told, /trusted_days: 30 → 7/u);
    const [changed] = await json<Event[]>(['audit', 'list', '--type', 'organisation.changed']);
    assert.equal(changed?.details['mfa'], 'optional → required');
    const [acme] = await json<Record<string, unknown>[]>(['org', 'list']);
    assert.deepEqual(acme, {
      id: 'acme',
      name: 'Acme',
      mfa: 'required',
      grace_until: Date.UTC(2099, 0, 31),
      factors: ['totp', 'one-time-codes'],
      trusted_days: 7,
      second_person: false,
      session_seconds: null,
      session_idle_seconds: null,
      passcode_days: null,
      passcode_networks: false,
      logo: null,
      colour: null,
      contact: null,
      sender_name: null,
      domains: [],
      apps: {},
    });
    assert.match(await ok(['org', 'set', 'acme', '--trusted-days', '7']), /already/u);
    const events = await json<Event[]>(['audit', 'list', '--type', 'organisation.changed']);
    assert.equal(events.length, 1, 'what changes nothing is not told');
  });

  it('refuses what can not be, and changes nothing then', async () => {
    const set = (...args: string[]): string[] => ['org', 'set', 'acme', ...args];
    assert.match(await refused(set('--factors', 'totp,sms'), 2), /"sms", which is no factor/u);
    assert.match(await refused(set('--factors', 'one-time-codes'), 1), /the only second step/u);
    assert.match(await refused(set('--grace-until', '2020-01-01'), 1), /passed/u);
    assert.match(await refused(set('--grace-until', '2099-02-31'), 2), /YYYY-MM-DD/u);
    assert.match(await refused(set('--trusted-days', '1e9'), 2), /0 to 365/u);
    assert.match(await refused(set(), 2), /Nothing to change/u);
    assert.match(await refused(['org', 'set', 'nowhere', '--mfa', 'off'], 1), /nowhere/u);
    const [acme] = await json<{ trusted_days: number }[]>(['org', 'list']);
    assert.equal(acme?.trusted_days, 7);
  });
});

describe('latchkey policy explain', () => {
  it('tells steps, reasons, the date and the token', async () => {
    const alice = await explain('alice');
    assert.deepEqual(stepsOf(alice), ['password', 'done']);
    assert.equal(alice.postponable_until, Date.UTC(2099, 0, 31));
    assert.equal(alice.token?.acr, 'urn:latchkey:acr:password');
    const root = await explain('root');
    assert.deepEqual(stepsOf(root), ['password', 'enrol', 'password', 'factor', 'done']);
    assert.match(root.steps[1]?.reasons.join() ?? '', /administrator/u);
    const text = await ok(['policy', 'explain', '--user', 'root', '--client', 'webmail']);
    assert.match(
      text,
      /1\. the password[\s\S]*2\. sets up one of these factors: totp[\s\S]*7 days/u,
    );
  });

  it('says who requires the second step, and what is enough', async () => {
    await ok(['org', 'set', 'acme', '--grace-until', 'none']);
    const text = await ok(['policy', 'explain', '--user', 'alice', '--client', 'webmail']);
    assert.match(text, /Acme requires two-step authentication; a trusted computer is enough\n/u);
    const { steps } = await explain('alice');
    assert.match(steps[1]?.reasons.join() ?? '', /organisation requires MFA \(trusted\)/u);
    await ok(['org', 'set', 'acme', '--grace-until', '2099-01-31']);
  });

  it('follows the scopes that are asked for, whose floors are the request’s', async () => {
    const acr = 'urn:latchkey:acr:mfa';
    const api = ['https://api.test', '--scope', 'calendar.read=read', '--scope', 'calendar=all'];
    await ok(['resource', 'add', ...api, '--require-acr', `calendar=${acr}`]);
    await ok([
      'client',
      'set',
      'webmail',
      '--add-scope',
      'calendar.read',
      '--add-scope',
      'calendar',
    ]);
    assert.deepEqual(stepsOf(await explain('alice', ['--scope', 'openid calendar.read'])), [
      'password',
      'done',
    ]);
    const floor = await explain('alice', ['--scope', 'openid', '--scope', 'calendar']);
    assert.equal(floor.token?.acr, acr);
    assert.match(floor.steps[1]?.reasons.join() ?? '', /scope calendar requires acr/u);
    const other = ['--scope', 'openid phone'];
    assert.deepEqual((await explain('alice', other)).other_scopes, ['phone']);
    const asked = ['policy', 'explain', '--user', 'alice', '--client', 'webmail', ...other];
    assert.match(await ok(asked), /may not ask for the scope "phone"/u);
  });

  it('follows a request for acr, and a client', async () => {
    const asked = await explain('alice', ['--acr', 'urn:latchkey:acr:mfa']);
    assert.deepEqual(stepsOf(asked), ['password', 'enrol', 'password', 'factor', 'done']);
    assert.equal(asked.token?.acr, 'urn:latchkey:acr:mfa');
    assert.deepEqual((await explain('alice', ['--acr', 'gold'])).ignored_acr, ['gold']);
    assert.deepEqual(stepsOf(await explain('alice', ['--acr', 'phr'])), ['password', 'refuse']);
    await ok(['client', 'set', 'webmail', '--org', 'other', '--trusted-computers', 'no']);
    const closed = await explain('alice');
    assert.deepEqual([stepsOf(closed), closed.trust_days], [['password', 'not-open'], 0]);
    await ok(['client', 'set', 'webmail', '--all-orgs', '--trusted-computers', 'yes']);
    assert.match(await refused(['client', 'set', 'webmail', '--org', 'nowhere'], 1), /nowhere/u);
    assert.match(
      await refused(['policy', 'explain', '--user', 'nobody', '--client', 'webmail'], 1),
      /no such person/u,
    );
  });
});

describe('latchkey user set, disable, enable', () => {
  it('changes what is asked of one person', async () => {
    await ok(['user', 'set', 'alice', '--mfa', 'required', '--trusted-days', '1']);
    const explained = await explain('alice');
    assert.deepEqual(stepsOf(explained), ['password', 'enrol', 'password', 'factor', 'done']);
    assert.equal(explained.trust_days, 1);
    await ok(['user', 'set', 'alice', '--mfa', 'inherit', '--trusted-days', 'inherit']);
    const shown = await json<Record<string, unknown>>(['user', 'show', 'alice']);
    assert.deepEqual([shown['mfa'], shown['trusted_days']], ['inherit', null]);
  });

  it('refuses to demote or disable the last administrator, also two at once', async () => {
    assert.match(await refused(['user', 'set', 'root', '--role', 'member'], 1), /last/u);
    assert.match(await refused(['user', 'disable', '--yes', 'root'], 1), /last/u);
    await ok(['user', 'set', 'alice', '--role', 'administrator']);
    await Promise.all([
      latchkey.runApart(['user', 'disable', '--yes', 'root']),
      latchkey.runApart(['user', 'set', 'alice', '--role', 'member']),
    ]);
    const people = await json<{ role: string; active: boolean }[]>(['user', 'list']);
    const left = people.filter(({ role, active }) => role === 'administrator' && active);
    assert.ok(left.length >= 1, JSON.stringify(people));
    await ok(['user', 'enable', 'root']);
  });
});

describe('latchkey user reset-mfa and unlock', () => {
  it('resets, the last administrator too, and prints a code that is kept nowhere in clear', async () => {
    const { enrolment_code: code } = await json<{ enrolment_code: string }>([
      'user',
      'reset-mfa',
      '--yes',
      'root',
    ]);
    assert.match(code, /^[A-Z2-7]{5}-[A-Z2-7]{5}$/u);
    const shown = await json<Record<string, unknown>>(['user', 'show', 'root']);
    assert.deepEqual([shown['factors'], shown['enrolment_code_pending']], [[], true]);
    assert.deepEqual(stepsOf(await explain('root')), [
      'password',
      'enrolment-code',
      'enrol',
      'password',
      'factor',
      'done',
    ]);
    const events = await ok(['audit', 'list', '--json']);
    assert.ok(!events.includes(code) && !events.includes(code.replace('-', '')));
  });

  it('unlocks', async () => {
    assert.match(await ok(['user', 'unlock', 'alice']), /at once/u);
    assert.match(await refused(['user', 'unlock', 'nobody'], 1), /no such person/u);
  });
});

describe('latchkey audit list', () => {
  it('has an event of every change, newest first, by the operator', async () => {
    const events = await json<(Event & { time: string })[]>(['audit', 'list', '--limit', '100']);
    const types = new Set(events.map(({ type }) => type));
    for (const type of [
      'organisation.added',
      'organisation.changed',
      'client.added',
      'client.changed',
      'person.added',
      'person.changed',
      'factors.reset',
      'attempts.unlocked',
    ])
      assert.ok(types.has(type), `${type} is missing among ${[...types].join(', ')}`);
    assert.ok(events.every(({ actor }) => actor === 'operator'));
    assert.deepEqual(
      events.map(({ time }) => time),
      events
        .map(({ time }) => time)
        .toSorted()
        .toReversed(),
    );
    assert.ok(!JSON.stringify(events).includes(PASSWORD));
  });

  it('can be narrowed, and says so when nothing fits', async () => {
    const reset = await json<Event[]>([
      'audit',
      'list',
      '--user',
      'root',
      '--type',
      'factors.reset',
    ]);
    assert.equal(reset.length, 1);
    assert.match(await ok(['audit', 'list', '--type', 'sign-in.completed']), /Nothing/u);
    assert.equal((await json<Event[]>(['audit', 'list', '--since', '2099-01-01'])).length, 0);
    for (const since of ['yesterday', '2026-02-30'])
      assert.match(await refused(['audit', 'list', '--since', since], 2), /24h/u);
    assert.match(await refused(['audit', 'list', '--limit', '0'], 2), /--limit/u);
  });
});
