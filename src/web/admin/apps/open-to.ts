/** Which organisations an app is open to, as a form has it: all, or those that are ticked or written. */
import type { Fields } from '../../forms.ts';
import { organisationChoices } from '../organisations.ts';
import type { AdminVisit } from '../page.ts';
import { linesIn } from './written.ts';

/** More than so many are written, not ticked. */
const MOST_TICKED = 50;
const TICKED = 'organisation-';

/** Ids; null: all, later ones too; undefined: nothing was said. */
export function openToFrom(fields: Fields): string[] | null | undefined {
  if (fields['openTo'] === 'all') return null;
  if (fields['openTo'] !== 'some') return undefined;
  const ticked = Object.entries(fields)
    .filter(([name, value]) => name.startsWith(TICKED) && value === 'yes')
    .map(([name]) => name.slice(TICKED.length));
  return [...ticked, ...linesIn(fields['organisations'] ?? '')];
}

/** `open`: ids of those that it is open to now; undefined: it is new. */
export async function openToShown(
  visit: AdminVisit,
  fields: Fields,
  open?: readonly string[] | null,
) {
  const all = await organisationChoices(visit);
  // Where there is one alone, a new app is open to it without a word.
  if (all.length < 2 && open === undefined) return null;
  const said = openToFrom(fields);
  const now = said === undefined ? open : said;
  const isTicked = all.length <= MOST_TICKED;
  return {
    chosen: now === undefined ? '' : now === null ? 'all' : 'some',
    all: isTicked
      ? all.map(({ id, label }) => ({ id, label, on: now?.includes(id) ?? false }))
      : [],
    written: isTicked ? null : (now ?? []).join('\n'),
  };
}

/** Of a form, each box that is ticked, and the one that is written into; null: there is none. */
export function openToBoxes(shown: Awaited<ReturnType<typeof openToShown>>) {
  const boxes = (shown?.all ?? []).map(({ id, label, on }) => ({
    name: `${TICKED}${id}`,
    label,
    on,
  }));
  return { boxes, written: shown?.written ?? null };
}
