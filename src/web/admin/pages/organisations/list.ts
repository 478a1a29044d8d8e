/** `/admin/organisations`: which there are, what each asks of its people, and how far it has come. */
import { findOrganisations } from '../../../../operations/organisations/find-organisations.ts';
import type { Organisation } from '../../../../records/organisation.ts';
import type { Rollout } from '../../../../records/lists/rollout.ts';
import { shownSize } from '../../../../branding/shown-size.ts';
import { logoUrl } from '../../../brand/organisation-brand.ts';
import { valueOr } from '../../../signed-in/found.ts';
import {
  organisationOf,
  organisationPath,
  ORGANISATIONS,
  rolloutPath,
} from '../../organisation.ts';
import { hasRowFor, mayDo, pathOf, type AdminPage } from '../../page.ts';
import { groupsPath } from '../groups.ts';

const organisations: AdminPage = {
  path: ORGANISATIONS,
  operation: 'organisation.list',
  section: 'organisations',
  fresh: false,

  async show({ parts, performed, person, ctx }) {
    const given = ctx.URL.searchParams;
    const q = given.get('q')?.trim().slice(0, 200) ?? '';
    const after = given.get('after')?.slice(0, 500) ?? '';
    const page = valueOr(await findOrganisations(parts, performed, { q, after }), ORGANISATIONS);
    const context = {
      organisations: page.organisations.map(listed),
      q,
      mayAdd: hasRowFor(person, 'organisation.add'),
      first: after === '' ? null : hrefOf(q, {}),
      next: page.next === undefined ? null : hrefOf(q, { after: page.next }),
    };
    return { show: 'admin/organisations', context };
  },
};

function hrefOf(q: string, more: Record<string, string>): string {
  const query = new URLSearchParams({ ...(q === '' ? {} : { q }), ...more });
  return query.size === 0 ? ORGANISATIONS : `${ORGANISATIONS}?${query}`;
}

function listed({
  organisation,
  rollout,
}: {
  organisation: Organisation;
  rollout: Rollout | undefined;
}) {
  const { id, name, mfa, mfaFrom, domains } = organisation;
  return {
    href: organisationPath(id),
    id,
    name,
    mfa,
    from: mfaFrom,
    domains: domains ?? [],
    counts: rollout?.madeAt ? rollout.counts : null,
  };
}

const organisation: AdminPage = {
  path: `${ORGANISATIONS}/:organisation`,
  operation: 'organisation.show',
  section: 'organisations',
  fresh: false,

  async show(visit) {
    const shown = await organisationOf(visit);
    const { id } = shown;
    const may = (page: string, operation: Parameters<typeof mayDo>[1]): string | null =>
      mayDo(visit, operation, { organisation: id }) ? organisationPath(id, page) : null;
    const context = {
      organisation: { ...shown, domains: shown.domains ?? [] },
      isDue: (shown.mfaFrom ?? 0) <= visit.now,
      edit: may('edit', 'organisation.change'),
      policy: may('policy', 'organisation.change'),
      appearance: may('appearance', 'organisation.change-branding'),
      looks: looksOf(shown),
      domains: may('domains', 'organisation.change-domains'),
      remove: may('remove', 'organisation.remove'),
      rollout: mayDo(visit, 'organisation.rollout', { organisation: id }) ? rolloutPath(id) : null,
      people: `${pathOf('people')}?${new URLSearchParams({ organisation: id })}`,
      groups: groupsPath(id),
    };
    return { show: 'admin/organisation', context };
  },
};

/** As the page of one shows it. */
function looksOf({ logo, colour, contact, senderName }: Organisation) {
  const picture = logo && { url: logoUrl(logo.id, logo.type), ...shownSize(logo) };
  return { logo: picture ?? null, colour, contact, senderName };
}

export const organisationPages: readonly AdminPage[] = [organisations, organisation];
