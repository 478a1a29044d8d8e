/** `/admin`: what needs attention, what is still to be done first, and where to go. */
import { version } from '../../../../config/version.ts';
import { isBackupOld, isMailLate } from '../../../../operations/health/late.ts';
import { listRequests } from '../../../../operations/approvals/list-requests.ts';
import { showFirstSteps } from '../../../../operations/overview/first-steps.ts';
import { showOverview, type Overview } from '../../../../operations/overview/show-overview.ts';
import { findPeople } from '../../../../operations/people/list/find-people.ts';
import { valueOr } from '../../../signed-in/found.ts';
import { isEverywhere } from '../../organisations.ts';
import { ADMIN, hasRowFor, pathOf, type AdminPage, type AdminVisit } from '../../page.ts';
import { PEOPLE } from '../../person.ts';
import { stepsShown } from './first-steps.ts';

/** More than so many are not counted. */
const MOST_COUNTED = 100;

type Tone = 'bad' | 'warn' | 'plain' | 'good';

interface Figure {
  /** The last part of its text, `console.figure.<name>`. */
  name: string;
  count: number;
  isMore: boolean;
  tone: Tone;
  href: string;
}

export const overview: AdminPage = {
  path: ADMIN.home,
  operation: 'console.show',
  section: 'overview',
  fresh: false,

  async show(visit) {
    const { parts, performed, person } = visit;
    const shown = valueOr(await showOverview(parts, performed), ADMIN.home);
    const figures = [...counted(shown), await locked(visit), ...(await waiting(visit))];
    const context = {
      role: person.role,
      everywhere: isEverywhere(person, 'console.show'),
      figures,
      countedAt: shown.countedAt,
      failed: failedShown(visit, shown),
      installation: shown.installation && installationShown(visit, shown.installation),
      steps: await stepsOf(visit),
      version: version(),
    };
    return { show: 'admin/overview', context };
  },
};

/** Whom a number is of, and which of them is bad. */
function counted({ counts }: Overview): Figure[] {
  const { overdue, grace, open, email, neverSignedIn } = counts;
  const list = (query: Record<string, string>) => `${PEOPLE}?${new URLSearchParams(query)}`;
  const figure = (name: string, count: number, query: Record<string, string>, tone: Tone) => {
    return { name, count, isMore: false, tone: count > 0 ? tone : 'good', href: list(query) };
  };
  return [
    figure('overdue', overdue, { state: 'overdue' }, 'bad'),
    figure('none', overdue + grace + open, { state: 'none' }, 'plain'),
    figure('email', email, { state: 'email' }, 'plain'),
    figure('neverSignedIn', neverSignedIn, { neverSignedIn: 'yes' }, 'plain'),
  ];
}

/** Few are, and not for long: they are looked at as they are now. */
async function locked({ parts, performed }: AdminVisit): Promise<Figure> {
  const query = { locked: true, limit: MOST_COUNTED };
  const { people, next } = valueOr(await findPeople(parts, performed, query), ADMIN.home);
  const tone = people.length > 0 ? 'warn' : 'good';
  const href = `${PEOPLE}?locked=yes`;
  return { name: 'locked', count: people.length, isMore: next !== undefined, tone, href };
}

/** What waits for a second person. */
async function waiting({ parts, performed, person }: AdminVisit): Promise<Figure[]> {
  if (!hasRowFor(person, 'approval.list')) return [];
  const { requests, isMore } = valueOr(await listRequests(parts, performed), ADMIN.home);
  const count = requests.filter(({ request }) => !request.approved).length;
  const tone = count > 0 ? 'warn' : 'good';
  return [{ name: 'approvals', count, isMore, tone, href: pathOf('approvals') }];
}

function failedShown({ person }: AdminVisit, { failed: { days, countedAt } }: Overview) {
  const most = Math.max(1, ...days.map(({ count }) => count));
  const query = { outcome: 'refused', type: 'sign-in.password', from: days[0]?.day ?? '' };
  return {
    total: days.reduce((sum, { count }) => sum + count, 0),
    today: days.at(-1)?.count ?? 0,
    days: days.map(({ day, count }) => ({
      at: Date.parse(`${day}T12:00:00Z`),
      count,
      share: Math.round((100 * count) / most),
    })),
    countedAt,
    href: hasRowFor(person, 'audit.list')
      ? `${pathOf('audit')}?${new URLSearchParams(query)}`
      : null,
  };
}

function installationShown({ now }: AdminVisit, shown: NonNullable<Overview['installation']>) {
  const { mails, backup, backsUpElsewhere, refused } = shown;
  return {
    mails: mails && { ...mails, isLate: isMailLate(mails.oldest, now) },
    backup: { at: backup?.at ?? null, isElsewhere: backsUpElsewhere },
    isBackupOld: !backsUpElsewhere && isBackupOld(backup?.at ?? -Infinity, now),
    refused: { count: refused, href: `${pathOf('apps')}?state=refused` },
  };
}

async function stepsOf(visit: AdminVisit) {
  const { parts, performed, person } = visit;
  if (!hasRowFor(person, 'installation.first-steps')) return null;
  const done = valueOr(await showFirstSteps(parts, performed), ADMIN.home);
  return done && stepsShown(visit, done);
}
