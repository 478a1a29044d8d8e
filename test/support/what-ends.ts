/** Walks a cell of the table of what ends when: everything alive, the act, and a look at each. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, it } from 'node:test';
import {
  CLIENT_CAUSES,
  ORGANISATION_CAUSES,
  RESOURCE_CAUSES,
  WHAT_ENDS,
  type Cause,
  type PersonCause,
} from '../../src/policy/revocation.ts';
import { COLUMNS, type Reach } from '../../src/policy/revocation/what-can-end.ts';
import { runHere, type Ran } from './command-line.ts';
import {
  arrange,
  type App,
  type Artefact,
  type Fixed,
  type Live,
  type Seat,
} from './live-artefacts.ts';
import { startPolicyServer, type PolicyServer } from './policy.ts';
import type { PersonOptions } from './server.ts';
import { personCollection } from '../../src/records/person.ts';
import { mailboxClosingCollection } from '../../src/mailbox/closing-queue.ts';
import { ALIVE, DEAD, aliveOf, newSession } from './sessions.ts';
import { byOperator } from './by-operator.ts';

/** What an act is about, where it is not about the whole person. */
export interface Subject {
  seat?: Seat;
  app?: App;
}

export interface Act {
  does(live: Live): Promise<unknown>;
  /** Undoes it: what has ended stays ended. */
  undo?(live: Live): Promise<unknown>;
  /** Is it what a request asks, for as long as it is asked, that ended anything? */
  comesBack?: true;
  subject?: Subject;
  /** What the person has; everything unless told. */
  options?: PersonOptions;
  /** Before everything is made alive. */
  first?(server: PolicyServer): Promise<unknown>;
  last?(server: PolicyServer): Promise<unknown>;
  /** Hours have passed: what is brief is gone by itself. */
  ages?: true;
}

/** Those of a person's causes that are the operator's. */
export const OPERATOR_CAUSES = [
  'factors-reset',
  'signed-out-everywhere',
  'person-tightened',
  'person-mfa-off',
  'role-changed',
  'locked-down',
  'disabled',
  'enabled',
  'removed',
  'moved',
  'group-left',
  'mailbox-changed',
  'renamed',
  'restored',
] as const satisfies readonly PersonCause[];
export type OperatorCause = (typeof OPERATOR_CAUSES)[number];

const HOURS = 7_200_000;

/** For the top of a test file. */
export function useWalk(): { server: PolicyServer; walk: (cause: Cause, act: Act) => void } {
  const at = {} as { server: PolicyServer; fixed: Fixed };
  before(async () => {
    at.server = await startPolicyServer({
      LATCHKEY_LIFETIMES_ACCESS_TOKEN: '86400',
      LATCHKEY_LIFETIMES_SESSION_ABSOLUTE: '36000',
      // Nobody is there; it is not in outgoing.private_origins either.
      LATCHKEY_MAILBOX_DOVEADM_URL: 'http://127.0.0.1:9/doveadm/v1',
      LATCHKEY_MAILBOX_DOVEADM_KEY_FILE: import.meta.filename,
    });
    await byOperator(at.server).addOrganisation({ name: 'Beta', mfa: 'required' });
    at.fixed = {
      probe: await at.server.addClient({ name: 'Probe' }),
      mail: await at.server.addClient({ name: 'Dovecot', kind: 'mail', redirectUris: [] }),
    };
  });
  // So many codes are not mailed for one address within an hour.
  beforeEach(() => (at.server.clock.ahead += HOURS));
  after(() => at.server.stop());
  return {
    get server() {
      return at.server;
    },
    walk: (cause, act) => it(WHAT_ENDS[cause].when, () => walkOne(at, cause, act)),
  };
}

async function walkOne(
  { server, fixed }: { server: PolicyServer; fixed: Fixed },
  cause: Cause,
  act: Act,
): Promise<void> {
  await act.first?.(server);
  try {
    const other = await server.addPerson({ organisation: 'beta' }, { totp: true });
    const bystander = await newSession(server, fixed.probe, other);
    const live = await arrange(server, fixed, act.options);
    checkColumns(live.artefacts, act);
    const before = await closings(live);
    await act.does(live);
    if (closesMailbox(cause))
      assert.ok((await closings(live)).difference(before).size > 0, 'the mailbox is closed');
    const ended = await compare(cause, act, live.artefacts);
    const everybody = cause === 'restored';
    if (!act.ages)
      assert.deepEqual(await aliveOf(fixed.probe, bystander), everybody ? DEAD : ALIVE);
    if (!act.undo) return;
    await act.undo(live);
    const back = await named(ended);
    assert.deepEqual(back.length > 0, act.comesBack === true, back.join(', '));
  } finally {
    await act.last?.(server);
  }
}

/** Does anything that a mail program was let in with end, and end by an act of somebody on this person? */
function closesMailbox(cause: Cause): boolean {
  const { access, offline, passcodes } = WHAT_ENDS[cause].ends;
  const isAct = !['idle', 'too-old', 'trust-expired'].includes(cause);
  const others = [CLIENT_CAUSES, ORGANISATION_CAUSES, RESOURCE_CAUSES];
  const isOfPerson = !others.some((causes) => cause in causes);
  return isAct && isOfPerson && [access, offline, passcodes].some((reach) => reach !== '–');
}

/** The orders to close the person's mailbox, or every one. Those of before may be over by the next look. */
async function closings({ server, person }: Live): Promise<Set<string>> {
  await server.settle();
  const now = (await server.store.get(personCollection, person.person.id))?.email;
  const { items } = await server.store.scan(mailboxClosingCollection, { limit: 1000 });
  const addresses = ['*', person.person.email, now].map((one) => one?.toLowerCase());
  const theirs = items.filter(({ value }) => addresses.includes(value.mailbox));
  return new Set(theirs.map(({ id }) => id));
}

/** Nothing is walked with a column left out. */
function checkColumns(artefacts: readonly Artefact[], { options }: Act): void {
  const walked = new Set(artefacts.map(({ column }) => column));
  assert.deepEqual([...walked].toSorted(), Object.keys(COLUMNS).toSorted());
  if (!options) assert.equal(artefacts.length, 49);
}

/** Answers what has ended. */
async function compare(
  cause: Cause,
  act: Act,
  artefacts: readonly Artefact[],
): Promise<Artefact[]> {
  const said: string[] = [];
  const ended: Artefact[] = [];
  for (const one of artefacts) {
    const alive = act.ages && one.isKept ? await one.isKept() : await one.isAlive();
    const expected = !isEnded(WHAT_ENDS[cause].ends[one.column], one, act.subject ?? {});
    const isOver = act.ages === true && one.brief === true;
    if (alive !== (expected && !isOver)) said.push(`${nameOf(one)} is ${alive ? 'alive' : 'dead'}`);
    if (!alive) ended.push(one);
  }
  assert.deepEqual(said, []);
  return ended;
}

async function named(artefacts: readonly Artefact[]): Promise<string[]> {
  const alive: string[] = [];
  for (const one of artefacts) if (await one.isAlive()) alive.push(nameOf(one));
  return alive;
}

const nameOf = ({ name, seat, app }: Artefact): string =>
  [name, seat, app].filter((word) => word !== undefined).join(' ');

/** What the words of a cell mean, for one of them. */
function isEnded(reach: Reach, one: Artefact, subject: Subject): boolean {
  const isAtApp = one.app !== undefined && one.app === subject.app;
  const words: Record<Reach, boolean> = {
    '–': false,
    all: true,
    others: one.seat !== undefined && one.seat !== 'here',
    own: one.named ?? (one.seat !== undefined && one.seat === subject.seat),
    resting: one.rests === true,
    native: one.rests === true || one.app === 'mobile' || one.app === 'tv',
    weaker: isAtApp && one.rests === true && !one.access,
    app: isAtApp && (subject.seat === undefined || subject.seat === one.seat),
    // What is walked is for none.
    resource: false,
    'shut out': isAtApp,
  };
  return words[reach];
}

/** The command line beside the server. */
export async function latchkey({ server }: Pick<Live, 'server'>, ...args: string[]): Promise<Ran> {
  const ran = await runHere(args, { cwd: server.folder, env: server.env, now: server.now });
  assert.equal(ran.code, 0, ran.stderr);
  // Clients are seen anew by then.
  server.clock.ahead += 1000;
  return ran;
}

/** What Acme says of the partner: `group:ORG/NAME`, or `everybody`. */
export const openTo = (live: Live, whom: string): Promise<Ran> =>
  latchkey(live, 'org', 'set', 'acme', '--app', `${live.apps.partner.clientId}=${whom}`);

/** The links of an account page. */
export async function linksOn({ member }: Live, path: string, ending: RegExp): Promise<string[]> {
  const { html } = await member.open(path);
  const links = [...html.matchAll(/href="([^"]*)"/gu)].map(([, to]) => to ?? '');
  return links.filter((to) => ending.test(to));
}

/** Opens an account page and presses its button; with the answer's path to be sure of. */
export async function press(
  { member }: Live,
  path: string,
  fields: Record<string, string> = {},
): Promise<void> {
  const question = await member.open(path);
  assert.equal(question.url.pathname, path.split('?')[0], question.html.slice(0, 2000));
  const done = await member.submit(question, fields);
  assert.ok(done.status === 200 && done.url.pathname !== path, done.html.slice(0, 3000));
}
