/** Whom another policy would concern, before it is saved. */
import { changes } from '../../../../operations/changes.ts';
import { organisationDigest } from '../../../../operations/organisations/organisation-digest.ts';
import { savePreviewed, showPreview } from '../../../../operations/organisations/preview-policy.ts';
import { MOST_NAMES, type PolicyPreview } from '../../../../records/lists/policy-preview.ts';
import { getRollout } from '../../../../records/lists/rollout.ts';
import type { Organisation } from '../../../../records/organisation.ts';
import { valueOr } from '../../../signed-in/found.ts';
import { organisationOf, organisationPath, ORGANISATIONS } from '../../organisation.ts';
import type { AdminPage, AdminVisit } from '../../page.ts';
import { personPath } from '../../person.ts';

/** Seconds. */
const LOOK_AGAIN = 3;

export const policyPreviewPage: AdminPage = {
  path: `${ORGANISATIONS}/:organisation/policy/:preview`,
  operation: 'organisation.change',
  section: 'organisations',
  fresh: true,

  async show(visit) {
    const organisation = await organisationOf(visit);
    const form = organisationPath(organisation.id, 'policy');
    const { parts, performed, params } = visit;
    const id = params['preview'] ?? '';
    const shown = valueOr(await showPreview(parts, performed, organisation.id, id), form);
    const isStale = organisationDigest(organisation) !== shown.basis;
    // Looked at again by itself while it is under way.
    if (!shown.isDone && !isStale) visit.ctx.set('Refresh', String(LOOK_AGAIN));
    const about = await getRollout(parts.store, organisation.id);
    const context = {
      organisation: organisation.name,
      ...told(organisation, shown, visit.now),
      about: about?.counts.people ?? 0,
      isStale,
      ...namesOf(visit, shown),
      back: againPath(form, id),
    };
    return { show: 'admin/organisation-preview', context };
  },

  async submit(visit) {
    const { id, name } = await organisationOf(visit);
    const { parts, performed, params } = visit;
    const form = organisationPath(id, 'policy');
    const asked = params['preview'] ?? '';
    const saved = await savePreviewed(parts, performed, id, asked);
    // What was typed is there, beside what it is now.
    if (!saved.ok && saved.problem.code === 'changed-meanwhile')
      return { to: againPath(form, asked) };
    valueOr(saved, form);
    return { to: organisationPath(id), said: { what: 'organisation-policy', values: { name } } };
  },
};

const againPath = (form: string, id: string): string =>
  `${form}?${new URLSearchParams({ again: id })}`;

function told(organisation: Organisation, shown: PolicyPreview, now: number) {
  const { counts, people, seen, isDone, moment } = shown;
  return {
    changes: Object.keys(changes(organisation, shown.change)),
    becomes: { ...organisation, ...shown.change },
    was: organisation,
    counts,
    seen,
    isDone,
    at: moment > now ? moment : null,
    most: MOST_NAMES,
    isCut: people.length === MOST_NAMES,
    nobody: Object.values(counts).every((count) => count === 0),
  };
}

/** Of a page. */
const NAMES = 50;

/** Those that the address says, `?names=50` and on; two hundred at once would be a heavy page. */
function namesOf({ ctx }: AdminVisit, { people }: PolicyPreview) {
  const said = Number(ctx.URL.searchParams.get('names') ?? '0');
  const from = Number.isInteger(said) && said > 0 && said < people.length ? said : 0;
  const shown = people.slice(from, from + NAMES);
  return {
    people: shown.map(({ id, ...one }) => ({ ...one, href: personPath(id) })),
    first: from === 0 ? null : ctx.path,
    next: from + NAMES < people.length ? `${ctx.path}?names=${from + NAMES}` : null,
  };
}
