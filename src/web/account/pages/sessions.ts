/** `/account/sessions`: the browsers that are signed in, and the apps that have access. */
import { STANDARD_SCOPES } from '../../../policy/claims/standard-claims.ts';
import { listApps, type AppShown } from '../../../operations/account/apps.ts';
import { endOtherSessions, endSession } from '../../../operations/account/end-sessions.ts';
import { listSessions, type SessionShown } from '../../../operations/account/sessions.ts';
import { withdrawAccess } from '../../../operations/account/withdraw-access.ts';
import { clearSiteData } from '../../../net/response-headers.ts';
import { confirm } from '../../signed-in/confirm.ts';
import { found, valueOr } from '../../signed-in/found.ts';
import type { AccountPage, AccountVisit } from '../page.ts';

const SESSIONS = '/account/sessions';

async function sessionOf(visit: AccountVisit): Promise<SessionShown> {
  const { parts, person, session, params } = visit;
  const all = await listSessions(parts, person, session.uid);
  return found(
    all.find(({ id }) => id === params['id']),
    SESSIONS,
  );
}

async function appOf({ parts, person, params }: AccountVisit): Promise<AppShown> {
  const all = await listApps(parts, person);
  return found(
    all.find(({ id }) => id === params['id']),
    SESSIONS,
  );
}

export const sessions: AccountPage = {
  path: SESSIONS,
  operation: 'session.list',
  section: 'sessions',
  fresh: false,

  async show({ parts, person, session }) {
    const all = await listSessions(parts, person, session.uid);
    const here = all.filter(({ current }) => current);
    const others = all.filter(({ current }) => !current);
    const apps = (await listApps(parts, person)).map((app) => ({ ...app, sees: seenBy(app) }));
    const context = { sessions: [...here, ...others], others: others.length, apps };
    return { show: 'account/sessions', context };
  },
};

/** Scopes that have words in the catalogue, of those that tell something of the person. */
function seenBy({ scopes }: AppShown): string[] {
  const told = STANDARD_SCOPES.filter((scope) => scope !== 'openid' && scope !== 'offline_access');
  return told.filter((scope) => scopes.includes(scope));
}

export const sessionEnd: AccountPage = {
  path: `${SESSIONS}/:id/sign-out`,
  operation: 'session.end',
  section: 'sessions',
  fresh: true,

  async show(visit) {
    const { browser, current } = await sessionOf(visit);
    const key = current ? 'session-end-here' : 'session-end';
    return confirm(key, { back: SESSIONS, values: { browser } });
  },

  async submit(visit) {
    const { parts, person, performed } = visit;
    const { id, browser, current } = await sessionOf(visit);
    valueOr(await endSession(parts, performed, person, id), SESSIONS);
    if (current) {
      clearSiteData(visit.ctx);
      return { to: '/' };
    }
    return { to: SESSIONS, said: { what: 'session-ended', values: { browser } } };
  },
};

export const sessionsEndOthers: AccountPage = {
  path: `${SESSIONS}/sign-out-others`,
  operation: 'session.end-others',
  section: 'sessions',
  fresh: true,

  async show({ parts, person, session }) {
    const all = await listSessions(parts, person, session.uid);
    const count = all.filter(({ current }) => !current).length;
    return confirm('sessions-end-others', { back: SESSIONS, values: { count } });
  },

  async submit(visit) {
    const { parts, person, session, performed } = visit;
    const ended = await endOtherSessions(parts, performed, person, session.uid);
    const { count } = valueOr(ended, SESSIONS);
    return { to: SESSIONS, said: { what: 'sessions-ended', values: { count } } };
  },
};

export const appWithdraw: AccountPage = {
  path: `${SESSIONS}/apps/:id/withdraw`,
  operation: 'app.withdraw',
  section: 'sessions',
  fresh: true,

  async show(visit) {
    const { name } = await appOf(visit);
    return confirm('app-withdraw', { back: SESSIONS, values: { app: name } });
  },

  async submit(visit) {
    const { parts, performed, person } = visit;
    const { id } = await appOf(visit);
    const { name: app } = valueOr(await withdrawAccess(parts, performed, person, id), SESSIONS);
    return { to: SESSIONS, said: { what: 'app-withdrawn', values: { app } } };
  },
};

export const sessionPages: readonly AccountPage[] = [
  sessions,
  sessionsEndOthers,
  sessionEnd,
  appWithdraw,
];
