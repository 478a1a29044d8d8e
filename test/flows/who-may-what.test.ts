/**
 * Everything that can be done here has its row in the table of who may do what, or is listed as open to
 * everybody with the reason: routes, commands, operations. And each row is somebody's.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { COMMANDS } from '../../src/cli/commands.ts';
import { ENDPOINTS } from '../../src/oidc/endpoints.ts';
import { ACCESS, type Operation } from '../../src/policy/access.ts';
import type { AccessRow } from '../../src/policy/access-row.ts';
import { pages } from '../../src/web/account/index.ts';
import { adminPages } from '../../src/web/admin/index.ts';
import { foundOperations, type FoundOperation } from '../support/operations.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const PROTOCOL = 'the protocol: clients, grants and sessions are judged by their own rules';
const SIGN_IN = 'the sign-in itself: policy/required-steps.ts says what is next';
const DEVICE =
  'whoever has a code that a device shows: tries are counted, and it only leads to a sign-in';
const SET_UP = 'whoever has the one-time link, while there is no administrator';

/** Routes that nobody has to be signed in for, and why. */
const OPEN: Readonly<Record<string, string>> = {
  'GET /interaction/:uid': SIGN_IN,
  'GET /interaction/:uid/:step{/:page}': SIGN_IN,
  'POST /interaction/:uid/:step{/:page}': SIGN_IN,
  'GET /account/callback': SIGN_IN,
  'GET /admin/callback': SIGN_IN,
  'GET /device': DEVICE,
  'POST /device': DEVICE,
  'GET /device/done': DEVICE,
  'GET /device/cancelled': DEVICE,
  'GET /setup': SET_UP,
  'POST /setup': SET_UP,
  'GET /setup/done': SET_UP,
  'GET /setup/done/print': SET_UP,
  'GET /setup/done/download': SET_UP,
  'GET /setup/authenticator{/:page}': SET_UP,
  'POST /setup/authenticator{/:page}': SET_UP,
  'GET /setup/password{/:page}': SET_UP,
  'POST /setup/password{/:page}': SET_UP,
  'GET /.well-known/change-password': 'password managers: a page that asks for a sign-in',
  'GET /.well-known/passkey-endpoints': 'password managers: the same addresses for everybody',
  'POST /mail/passcode': 'mail servers, by the secret of their client: a passcode is all they try',
};

/** Routes that are no account page. */
const OF_ROUTE: Readonly<Record<string, Operation>> = {
  'POST /account/sign-out': 'session.sign-out',
  'POST /admin/sign-out': 'session.sign-out',
  'POST /language': 'language.choose',
  'GET /forgot-password': 'password.send-link',
  'GET /forgot-password/sent': 'password.send-link',
  'POST /forgot-password': 'password.send-link',
  'GET /set-password': 'password.set-by-link',
  'GET /set-password/done': 'password.set-by-link',
  'POST /set-password': 'password.set-by-link',
};

const FRAME = 'a frame: whoever calls it has asked, or hands it the row';
const MESSAGE = 'a part of an operation: what is told of it';
const TRY = 'a try in a sign-in: counted, and judged by policy/required-steps.ts';

/** Exported functions that are told who does something and ask for no row themselves, and why. */
const WITHOUT_ROW: Readonly<Record<string, string>> = {
  'src/operations/account/account-changed.ts accountChanged': MESSAGE,
  'src/operations/account/account-changed.ts changeTold': MESSAGE,
  'src/operations/account/end-sessions.ts endOneSession': FRAME,
  'src/operations/account/trusted-computers.ts endTrustInOne': FRAME,
  'src/operations/account/withdraw-access.ts endAccess': FRAME,
  'src/operations/approvals/asker.ts askerMay': FRAME,
  'src/operations/approvals/asker.ts mailsToAsker': MESSAGE,
  'src/operations/approvals/concerned.ts tell': MESSAGE,
  'src/operations/approvals/rule.ts secondPersonRule': 'a part of an operation: what is refused',
  'src/operations/clients/client-event.ts clientEvent': MESSAGE,
  'src/operations/factors/email-codes.ts switchedOffTold': MESSAGE,
  'src/operations/factors/tell-suspension.ts tellSuspension': MESSAGE,
  'src/operations/factors/try-set-up-code.ts recordRefusedCode': TRY,
  'src/operations/factors/try-set-up-code.ts trySetUpCode': TRY,
  'src/operations/groups/found-group.ts groupAndPermission': FRAME,
  'src/operations/keys/change-signing-keys.ts changeSigningKeys': FRAME,
  'src/operations/keys/key-event.ts keyEvent': MESSAGE,
  'src/operations/keys/rotate-signing-keys.ts tendSigningKeys':
    'done by the server itself, as its configuration says',
  'src/operations/people/administer.ts administer': FRAME,
  'src/operations/people/administer.ts administerIf': FRAME,
  'src/operations/people/administer.ts readAdministered': FRAME,
  'src/operations/people/administer.ts noticeTo': MESSAGE,
  'src/operations/people/administrators.ts changeAdministrator': FRAME,
  'src/operations/people/remove-person.ts withoutPerson': 'a part of an operation: what is written',
  'src/operations/people/security/give-temporary-code.ts codeForToday':
    'a part of an operation: what is written',
  'src/operations/permission.ts actorEpoch': FRAME,
  'src/operations/permission.ts administratorId': FRAME,
  'src/operations/permission.ts permission': FRAME,
  'src/operations/permission.ts permissions': FRAME,
  'src/operations/permission.ts reach': FRAME,
  'src/operations/resources/resource-event.ts resourceEvent': MESSAGE,
};

let server: TestServer;
let routes: string[];
let operations: FoundOperation[];
before(async () => {
  // The routes of links are there only with a mail server.
  server = await startTestServer({ LATCHKEY_MAIL_SMTP_URL: 'smtp://127.0.0.1:9' });
  routes = server.routers
    .flatMap(({ stack }) => stack)
    .flatMap(({ path, methods }) =>
      methods.filter((method) => method !== 'HEAD').map((method) => `${method} ${String(path)}`),
    );
  operations = await foundOperations();
});
after(() => server.stop());

const ofPage = new Map(
  [...pages, ...adminPages].flatMap(({ path, operation, submit }): [string, Operation][] => [
    [`GET ${path}`, operation],
    ...(submit ? [[`POST ${path}`, operation] as [string, Operation]] : []),
  ]),
);
const rowOf = (operation: Operation): AccessRow => ACCESS[operation];

describe('every route', () => {
  it('of the running server has its row, or is open and listed', () => {
    assert.ok(routes.length > 60, String(routes.length));
    const known = (route: string): boolean =>
      ofPage.has(route) || route in OF_ROUTE || route in OPEN;
    assert.deepEqual(
      routes.filter((route) => !known(route)),
      [],
    );
  });

  it('that is listed is there', () => {
    const listed = [...Object.keys(OPEN), ...Object.keys(OF_ROUTE), ...ofPage.keys()];
    assert.deepEqual(
      listed.filter((route) => !routes.includes(route)),
      [],
    );
    assert.equal(new Set(listed).size, listed.length, 'none is listed twice');
  });

  it('of the library is open to clients and their people', () => {
    for (const { path } of ENDPOINTS)
      assert.ok(!path.startsWith('/account') && !path.startsWith('/admin'), `${path}: ${PROTOCOL}`);
  });

  it('of the account is its owner’s, and asks for the proof that its row says', () => {
    for (const { path, operation, fresh, submit } of pages) {
      const row = rowOf(operation);
      assert.equal(row.self, 'signed-in', path);
      // To set a factor up is a sign-in, which asks for the proof.
      const isProven = fresh || submit !== undefined || operation === 'factor.enrol';
      assert.equal(row.fresh, isProven, path);
    }
  });

  it('of the console is of those who have a role for it', () => {
    for (const { path, operation, fresh } of adminPages) {
      const row = rowOf(operation);
      assert.ok(Object.keys(row.roles).length > 0, path);
      assert.ok(row.fresh || !fresh, `${path}: nothing is asked for twice that changes nothing`);
    }
  });

  it('that a link opens is anybody’s', () => {
    for (const [route, operation] of Object.entries(OF_ROUTE))
      if (!/\/(?:account\/|admin\/|language)/u.test(route))
        assert.equal(rowOf(operation).self, 'anybody', route);
  });
});

describe('every command', () => {
  it('does what the operator may', () => {
    for (const { name, operation } of COMMANDS) assert.ok(rowOf(operation).operator, name);
  });
});

describe('every operation', () => {
  it('that is exported names its row', () => {
    assert.ok(operations.length > 30, String(operations.length));
    const bare = operations.filter(({ name, rows }) => rows.length === 0 && !WITHOUT_ROW[name]);
    assert.deepEqual(
      bare.map(({ name }) => name),
      [],
    );
  });

  it('that is excused is there, and needs it', () => {
    for (const excused of Object.keys(WITHOUT_ROW))
      assert.deepEqual(operations.find(({ name }) => name === excused)?.rows, [], excused);
  });
});

describe('every row', () => {
  it('is of a route, a command or an operation', () => {
    const used = new Set([
      ...ofPage.values(),
      ...Object.values(OF_ROUTE),
      ...COMMANDS.map(({ operation }) => operation),
      ...operations.flatMap(({ rows }) => rows),
    ]);
    const unused = (Object.keys(ACCESS) as Operation[]).filter((row) => !used.has(row));
    assert.deepEqual(unused, []);
  });

  it('that changes something is asked for by an operation', () => {
    const asked = new Set(operations.flatMap(({ rows }) => rows));
    // What the command line does to the store as a whole is no change of a document.
    const unasked = (Object.keys(ACCESS) as Operation[]).filter(
      (name) => !rowOf(name).reads && !name.startsWith('installation.') && !asked.has(name),
    );
    assert.deepEqual(unasked, []);
  });
});
