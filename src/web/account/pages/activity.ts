/** `/account/activity`: what happened to the account; and "This wasn't me". */
import { shownNames } from '../../../oidc/clients/client-names.ts';
import { endEverything } from '../../../operations/account/end-everything.ts';
import { recentActivity, type Activity } from '../../../audit/activity.ts';
import { FACTORS } from '../../../policy/factors.ts';
import { FACTOR_IDS } from '../../../records/factor-id.ts';
import { confirm } from '../../signed-in/confirm.ts';
import { valueOr } from '../../signed-in/found.ts';
import type { AccountPage } from '../page.ts';

const ACTIVITY = '/account/activity';

export const activity: AccountPage = {
  path: ACTIVITY,
  operation: 'activity.list',
  section: 'activity',
  fresh: false,

  async show({ parts, person, ctx }) {
    const { before } = ctx.query;
    const cursor = typeof before === 'string' ? before : undefined;
    const { items, next } = await recentActivity(parts.store, person.id, {
      appName: shownNames(parts.store),
      before: cursor,
    });
    const older =
      next === undefined ? null : `${ACTIVITY}?${new URLSearchParams({ before: next })}`;
    return {
      show: 'account/activity',
      context: { events: items.map(named), older, later: cursor !== undefined },
    };
  },
};

/** With the last part of the key of its factor's name (`factor.<label>`), if that is one of the table. */
function named(event: Activity): Activity & { label: string | null } {
  const id = FACTOR_IDS.find((one) => one === event.factor);
  return { ...event, label: id ? FACTORS[id].label : null };
}

/** Everything that was ever handed out ends; this browser goes on, as it has just proven who it is. */
export const notMe: AccountPage = {
  path: '/account/not-me',
  operation: 'account.end-everything',
  section: 'activity',
  fresh: true,

  async show() {
    return confirm('not-me', { back: ACTIVITY });
  },

  async submit({ parts, performed, person }) {
    const carry = valueOr(await endEverything(parts, performed, person), ACTIVITY);
    return { to: '/account/password', said: { what: 'everything-ended', values: {} }, carry };
  },
};

export const activityPages: readonly AccountPage[] = [activity, notMe];
