/** `/account/zone`: the time zone that apps are told. */
import { z } from 'zod';
import { chooseZone, chooseZoneInput } from '../../../operations/attributes/choose-zone.ts';
import { getProfile } from '../../../records/profile.ts';
import { zoneOf } from '../../../text/zone.ts';
import { parseFields, text, type Fields } from '../../forms.ts';
import { valueOr } from '../../signed-in/found.ts';
import type { Answer } from '../../signed-in/page.ts';
import type { AccountPage, AccountVisit } from '../page.ts';

const OVERVIEW = '/account';

/** Nothing chosen: apps are told none. */
const zoneForm = z.object({
  zone: text(50)
    .transform((zone) => (zone === '' ? null : zone))
    .pipe(chooseZoneInput.shape.zone),
});

async function show(visit: AccountVisit, errors: Fields, status = 200): Promise<Answer> {
  const { parts, person, ctx, held } = visit;
  const own = (await getProfile(parts.store, person.id)).zone;
  const suggested = own ?? zoneOf(ctx) ?? '';
  const context = { zone: held['zone'] ?? suggested, zones: zonesWith(own, suggested), errors };
  return { show: 'account/zone', context, status };
}

/** Those that Intl lists, and what is chosen or told by the browser under an older name. */
function zonesWith(...others: readonly (string | null)[]): string[] {
  const named = others.filter((zone): zone is string => zone !== null && zone !== '');
  return [...new Set([...Intl.supportedValuesOf('timeZone'), 'UTC', ...named])].toSorted();
}

export const zonePage: AccountPage = {
  path: '/account/zone',
  operation: 'zone.choose',
  section: 'overview',
  fresh: true,
  show: (visit) => show(visit, {}),
  async submit(visit, fields) {
    const parsed = parseFields(zoneForm, fields);
    if (!parsed.ok) return show(visit, parsed.errors, 400);
    const { parts, performed, person } = visit;
    valueOr(await chooseZone(parts, performed, person, parsed.values), OVERVIEW);
    const { zone } = parsed.values;
    const said =
      zone === null ? { what: 'zone-none', values: {} } : { what: 'zone-chosen', values: { zone } };
    return { to: OVERVIEW, said };
  },
};
