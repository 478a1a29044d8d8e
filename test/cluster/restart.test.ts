/**
 * A rolling restart: each process is told to stop and replaced, one after the other, while people are
 * in the middle of their sign-ins. Several processes of their own need MongoDB; workers.test.ts has
 * what becomes of workers.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startCluster, type TestCluster } from '../support/cluster.ts';
import { isSignedIn } from '../support/factors.ts';
import { createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts';
import { Visitor, mailedCode, refresh } from '../support/policy.ts';
import { authorize, post, verifyIdToken, type Registration } from '../support/relying-party.ts';
import { codeOf, type TestPerson } from '../support/server.ts';
import { ENGINE } from '../support/stores.ts';

const PROCESSES = 3;
/** Milliseconds that a process goes on answering: long enough to be asked by the balancer's probe. */
const DRAIN = '3000';

/** A sign-in that waits at a step, and how it goes on. */
interface Begun {
  what: string;
  visitor: Visitor;
  goOn(): Promise<unknown>;
}

for (const keepAlive of [false, true])
  describe(
    `a rolling restart behind a balancer that ${keepAlive ? 'keeps its' : 'makes new'} connections`,
    { skip: ENGINE === 'sqlite' && 'SQLite is for one machine' },
    () => {
      let cluster: TestCluster;
      let webmail: Registration;
      before(async () => {
        const env = { LATCHKEY_LISTEN_DRAIN_MS: DRAIN };
        cluster = await startCluster({ processes: PROCESSES, env, keepAlive });
        webmail = await cluster.addClient();
      });
      after(() => cluster.stop());

      it('loses no sign-in and no session, and answers every request', async () => {
        const begun = await beginAll(cluster, webmail);
        const held = await signedIn(cluster, webmail);
        const traffic = startTraffic(held);
        for (let count = 0; count < PROCESSES; count += 1) {
          begun.push(...(await beginAll(cluster, webmail)));
          const back = await new Visitor(cluster, webmail, held.browser).silently();
          await replaceOldest(cluster);
          await back.tokens();
        }
        const asked = await traffic.stop();
        assert.ok(asked > 10 * PROCESSES, String(asked));
        for (const { what, visitor, goOn } of begun) {
          await goOn();
          assert.ok(isSignedIn(visitor.page), `${what}: ${visitor.notice} ${visitor.page.url}`);
          await visitor.tokens();
        }
        await assertAlive(held);
        const faults = cluster.balancer.passed.filter(({ status }) => status >= 500);
        assert.deepEqual(faults, []);
        const answering = new Set(cluster.balancer.passed.map(({ port }) => port));
        assert.equal(answering.size, 2 * PROCESSES, 'the new ones took part');
      });
    },
  );

/** One sign-in at each of the steps where somebody may be. */
async function beginAll(cluster: TestCluster, client: Registration): Promise<Begun[]> {
  const at = async (person: TestPerson, step?: string): Promise<Visitor> => {
    const visitor = await (await new Visitor(cluster, client).start()).password(person);
    return step === undefined ? visitor : visitor.goTo(step);
  };
  const person = await cluster.addPerson({}, { totp: true, oneTimeCodes: true });
  const mailed = await cluster.addPerson({}, { email: true });
  const password = await new Visitor(cluster, client).start();
  const totp = await at(person);
  const oneTime = await at(person, 'one-time-codes');
  const email = await (await at(mailed)).send({ go: 'send' });
  const code = await mailedCode(cluster, mailed);
  return [
    {
      what: 'before the password',
      visitor: password,
      goOn: async () => (await password.password(person)).totp(person),
    },
    { what: 'before the code', visitor: totp, goOn: () => totp.totp(person) },
    {
      what: 'before the one-time code',
      visitor: oneTime,
      goOn: () => oneTime.send({ code: person.oneTimeCodes[0] ?? '' }),
    },
    { what: 'before the code by mail', visitor: email, goOn: () => email.send({ code }) },
    await beginEnrolment(cluster, client),
  ];
}

async function beginEnrolment(cluster: TestCluster, client: Registration): Promise<Begun> {
  const person = await cluster.addPerson();
  const visitor = await (await new Visitor(cluster, client).start()).password(person);
  await visitor.goTo('totp-enrol/scan');
  const shown = /(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}/u.exec(visitor.page.html)?.[0] ?? '';
  const code = (): string => codeOf(shown.replaceAll(' ', ''), cluster.now());
  return {
    what: 'in the middle of an enrolment',
    visitor,
    async goOn() {
      await visitor.send({ go: 'next' });
      // Those before it moved the clock: the password may be too old for a set-up by now.
      if (visitor.step === 'password') await (await visitor.password(person)).send({ go: 'next' });
      assert.equal(visitor.step, 'totp-enrol/code');
      await visitor.send({ go: 'submit', code: code() });
      await visitor.send({ go: 'finish' });
      await visitor.password(person);
      cluster.clock.ahead += 30_000;
      await visitor.send({ code: code() });
    },
  };
}

/** Somebody who has signed in, with the tokens of it. */
interface Held {
  person: TestPerson;
  visitor: Visitor;
  browser: HttpBrowser;
  tokens: Record<string, string>;
}

async function signedIn(cluster: TestCluster, client: Registration): Promise<Held> {
  const person = await cluster.addPerson({}, { totp: true });
  const visitor = await (await new Visitor(cluster, client).start()).password(person);
  const tokens = await (await visitor.totp(person)).tokens();
  return { person, visitor, browser: visitor.browser, tokens };
}

async function assertAlive({ person, visitor, tokens }: Held): Promise<void> {
  const { client } = visitor;
  const { id_token: idToken = '' } = await (await visitor.silently()).tokens();
  assert.equal((await verifyIdToken(client, idToken, visitor.asked.nonce)).sub, person.person.id);
  const { access_token: token = '' } = tokens;
  assert.equal((await post(client, '/token/introspection', { token })).body['active'], true);
  assert.equal((await refresh(client, tokens)).status, 200);
}

/** Requests of several kinds, without a pause, until it is stopped; answers how many there were. */
function startTraffic(held: Held): { stop(): Promise<number> } {
  const { client, server } = held.visitor;
  const own = createHttpBrowser(server.issuer);
  own.steal(held.browser, () => true);
  const visitor = new Visitor(server, client, own);
  const stopping = new AbortController();
  let count = 0;
  const goOn = async (ask: () => Promise<unknown>): Promise<void> => {
    for (; !stopping.signal.aborted; count += 1) await ask();
  };
  const all = Promise.all([
    goOn(() => assertAlive({ ...held, visitor })),
    goOn(async () => {
      const { status } = await createHttpBrowser(server.issuer).open(authorize(client).url);
      assert.equal(status, 200);
    }),
  ]);
  // It is told by `stop`.
  all.catch(() => {});
  return {
    async stop() {
      stopping.abort();
      await all;
      return count;
    },
  };
}

/** As an operator does: out of the balancer when it says so itself, and another one in its place. */
async function replaceOldest({ machines, balancer, start }: TestCluster): Promise<void> {
  const machine = machines.shift();
  assert.ok(machine);
  const ended = machine.child.stop();
  const probe = async (): Promise<number> =>
    (await fetch(`http://127.0.0.1:${machine.port}/readyz`)).status;
  while ((await probe()) === 200);
  balancer.targets = balancer.targets.filter((port) => port !== machine.port);
  assert.equal(await ended, 0);
  balancer.targets.push((await start()).port);
}
