/**
 * What another policy would mean to somebody, at the apps that they use: their sign-ins before and after, each told
 * by the one rule (explain.ts), compared. Pure.
 */
import type { Organisation } from '../../records/organisation.ts';
import type { Person } from '../../records/person.ts';
import type { FactorId } from '../../records/factor-id.ts';
import type { ClientPolicy } from '../assurance.ts';
import { isActive, requiredFrom } from '../assurance.ts';
import { explain, type Explanation } from '../explain.ts';
import { isEnrolled } from '../factors.ts';

/** From the worst. `locked-out`: nowhere in any more, or only a factor that is barred. `asked`: for a step more. */
export const CONSEQUENCES = ['locked-out', 'refused', 'asked'] as const;
export type Consequence = (typeof CONSEQUENCES)[number];

export interface Judged {
  /** Null: nothing would be different. */
  consequence: Consequence | null;
  /** Ids of the clients where it would; of `asked` those where a step more is, of the others those that are shut. */
  apps: string[];
  /** A mail program of theirs gets in with the main password, and would not any more. */
  losesMail: boolean;
}

export interface Case {
  person: Person;
  before: Organisation;
  after: Organisation;
  /** Those that they use, with `/account`, where everybody goes. */
  apps: readonly ClientPolicy[];
  /** Does a mail program of theirs use the main password? */
  isOnPassword: boolean;
  available: readonly FactorId[];
  /** Milliseconds since the epoch: the moment that is judged (momentOf). */
  now: number;
}

/** A date of grace that is still to come is judged by the day on which it is over, without and with the change. */
export function momentOf(
  { mfa, mfaFrom }: Pick<Organisation, 'mfa' | 'mfaFrom'>,
  now: number,
): number {
  return mfa === 'required' ? Math.max(now, mfaFrom ?? 0) : now;
}

export function judge({ apps, ...at }: Case): Judged {
  const { person, before, after, now } = at;
  // Whoever can't sign in anyway is told nothing new.
  if (!isActive(person, now)) return { consequence: null, apps: [], losesMail: false };
  const all = apps.map((client) => ({
    id: client.id,
    was: told(at, before, client),
    is: told(at, after, client),
  }));
  return { ...worst(all), losesMail: losesMail(at) };
}

interface Compared {
  id: string;
  was: Explanation;
  is: Explanation;
}

function worst(all: readonly Compared[]): Pick<Judged, 'consequence' | 'apps'> {
  const idsOf = (those: readonly Compared[]): string[] => those.map(({ id }) => id);
  const shut = all.filter(({ was, is }) => isShut(is) && !isShut(was));
  const barred = shut.filter(({ is }) => endOf(is) === 'factor-barred');
  if (shut.length > 0 && (barred.length > 0 || all.every(({ is }) => isShut(is))))
    return { consequence: 'locked-out', apps: idsOf(shut) };
  if (shut.length > 0) return { consequence: 'refused', apps: idsOf(shut) };
  const asked = all.filter(({ was, is }) => !isShut(is) && asksMore(was, is));
  return asked.length > 0
    ? { consequence: 'asked', apps: idsOf(asked) }
    : { consequence: null, apps: [] };
}

/** A step more, or the same ones where a trusted computer was enough and is not any more. */
function asksMore(was: Explanation, is: Explanation): boolean {
  return is.steps.length > was.steps.length || (was.trustIsEnough && !is.trustIsEnough);
}

const endOf = ({ steps }: Explanation): string | undefined => steps.at(-1)?.step;
const SHUT: ReadonlySet<string | undefined> = new Set(['refuse', 'not-open', 'factor-barred']);
const isShut = (explained: Explanation): boolean => SHUT.has(endOf(explained));

function told(
  { person, available, now }: Omit<Case, 'apps'>,
  organisation: Organisation,
  client: ClientPolicy,
): Explanation {
  const request = { ...NOTHING_ASKED, startedAt: now };
  return explain({ who: { person, organisation }, client, request, available, now });
}

/** Of an app that asks for nothing. */
const NOTHING_ASKED = {
  acrValues: [],
  essentialAcr: undefined,
  maxAge: undefined,
  forceLogin: false,
};

/** Mail takes the main password of those alone of whom nothing more is asked, from whatever day on. */
function losesMail({ person, before, after, isOnPassword }: Omit<Case, 'apps'>): boolean {
  const takes = (organisation: Organisation): boolean =>
    requiredFrom({ person, organisation }) === undefined;
  return isOnPassword && !isEnrolled(person) && takes(before) && !takes(after);
}
