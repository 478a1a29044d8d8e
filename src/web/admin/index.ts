/** The console: an ordered table. What dispatches to it is in web/signed-in. */
import Router from '@koa/router';
import { holdChanges } from '../../operations/held-changes.ts';
import { Problem } from '../../problem.ts';
import type { Page, Visit } from '../signed-in/page.ts';
import { areaRoutes, signOutRoute, type AreaTable } from '../signed-in/routes.ts';
import type { VisitorParts } from '../visitor-parts.ts';
import { ADMIN, hasRowFor, pathOf, SECTIONS, type AdminPage, type Section } from './page.ts';
import { accessPages } from './pages/access.ts';
import { personActivity } from './pages/activity.ts';
import { actPages } from './pages/acts.ts';
import { appPages } from './pages/apps/index.ts';
import { endPages } from './pages/end-things.ts';
import { putAway } from './pages/overview/first-steps.ts';
import { overview } from './pages/overview/overview.ts';
import { approvals } from './pages/approvals/approvals.ts';
import { decidePages } from './pages/approvals/decide.ts';
import { rulePages } from './pages/approvals/rule.ts';
import { people } from './pages/people.ts';
import { auditPages } from './pages/audit/list.ts';
import { changeGroupPages, newGroupPage } from './pages/change-groups.ts';
import { editPages } from './pages/edit-person.ts';
import { appearancePages } from './pages/organisations/appearance.ts';
import { changeOrganisationPages, newOrganisationPage } from './pages/organisations/change.ts';
import { extendGracePage } from './pages/extend-grace.ts';
import { groupPages } from './pages/groups.ts';
import { organisationPolicyPages } from './pages/organisations/policy.ts';
import { organisationPages } from './pages/organisations/list.ts';
import { rolloutPages } from './pages/organisations/rollout.ts';
import { healthPages } from './pages/installation/health.ts';
import { mailPages } from './pages/installation/mail.ts';
import { keyActs } from './pages/keys/acts.ts';
import { keyList } from './pages/keys/list.ts';
import { retireEncryption } from './pages/keys/retire-encryption.ts';
import { attributesPage } from './pages/people/attributes.ts';
import { exportPage } from './pages/people/export.ts';
import { importPages } from './pages/people/import.ts';
import { mailsPage } from './pages/people/mails.ts';
import { servicePages } from './pages/people/services.ts';
import { movePage } from './pages/people/move.ts';
import { lockDownPage } from './pages/people/lock-down.ts';
import { manyPeople } from './pages/many-people.ts';
import { newPerson } from './pages/new-person.ts';
import { personPages } from './pages/person.ts';
import { resourcePages } from './pages/resources/resources.ts';
import { securityPages } from './pages/security.ts';

/** In the order of the navigation. */
export const adminPages: readonly AdminPage[] = [
  overview,
  putAway,
  people,
  // Before the pages of one: `new` is nobody's id.
  newPerson,
  manyPeople,
  ...importPages,
  exportPage,
  ...servicePages,
  ...personPages,
  ...editPages,
  ...securityPages,
  ...accessPages,
  mailsPage,
  personActivity,
  ...actPages,
  ...endPages,
  extendGracePage,
  lockDownPage,
  attributesPage,
  movePage,
  newGroupPage,
  ...groupPages,
  ...changeGroupPages,
  ...appPages,
  approvals,
  ...decidePages,
  ...rulePages,
  newOrganisationPage,
  ...organisationPages,
  ...changeOrganisationPages,
  ...appearancePages,
  ...organisationPolicyPages,
  ...rolloutPages,
  ...resourcePages,
  keyList,
  ...keyActs,
  ...retireEncryption,
  ...mailPages,
  ...healthPages,
  ...auditPages,
];

const TABLE: AreaTable = {
  ...ADMIN,
  pages: adminPages,
  frame: ({ person }) => ({ sections: sectionsOf(person) }),
  admit,
};

export function adminRoutes(parts: VisitorParts): Router {
  const { store, settled } = holdChanges(parts.store, parts.pause);
  const table = { ...TABLE, settled };
  return areaRoutes(signOutRoute(new Router(), parts, table), { ...parts, store }, table);
}

/** Whoever has nothing to do with it by their role is told so before they prove anything for it. */
function admit({ person }: Visit, { operation }: Page): void {
  if (!hasRowFor(person, operation))
    throw new Problem('not-allowed', { status: 403, back: ADMIN.home });
}

/** Of the navigation: those that the role has something to do with. */
export function sectionsOf(person: Visit['person']): { id: Section; href: string }[] {
  const all = Object.keys(SECTIONS) as Section[];
  return all
    .filter((id) => hasRowFor(person, SECTIONS[id]))
    .map((id) => ({ id, href: pathOf(id) }));
}
