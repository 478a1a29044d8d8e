/** The account pages: an ordered table. What dispatches to them is in web/signed-in. */
import Router from '@koa/router';
import { hasDuties } from '../../policy/assurance.ts';
import { areaRoutes, signOutRoute, type AreaTable } from '../signed-in/routes.ts';
import type { VisitorParts } from '../visitor-parts.ts';
import { ACCOUNT, type AccountPage } from './page.ts';
import { activityPages } from './pages/activity.ts';
import { codePages } from './pages/codes.ts';
import { computerPages } from './pages/computers.ts';
import { factorPages } from './pages/factors.ts';
import { overview } from './pages/overview.ts';
import { passcodePages } from './pages/passcodes.ts';
import { passwordPages } from './pages/password.ts';
import { sessionPages } from './pages/sessions.ts';
import { twoStepPages } from './pages/two-step.ts';
import { zonePage } from './pages/zone.ts';

/** In the order of the navigation. */
export const pages: readonly AccountPage[] = [
  overview,
  zonePage,
  ...twoStepPages,
  ...codePages,
  ...factorPages,
  ...computerPages,
  ...passcodePages,
  ...passwordPages,
  ...sessionPages,
  ...activityPages,
];

const TABLE: AreaTable = {
  ...ACCOUNT,
  pages,
  frame: ({ person }) => ({ console: hasDuties(person) }),
};

export function accountRoutes(parts: VisitorParts): Router {
  return areaRoutes(signOutRoute(new Router(), parts, TABLE), parts, TABLE);
}
