/** Whether somebody may do what they ask for: their record as it is now, judged by the table of who may do what. */
import type { Performed } from '../audit/performed.ts';
import { refusalOf, type Operation, type Target } from '../policy/access.ts';
import { isActive } from '../policy/assurance.ts';
import { isEnrolled } from '../policy/factors.ts';
import { Problem } from '../problem.ts';
import { getPerson, type People } from '../records/person.ts';

/** Throws for what they may not: `not-allowed` (403), `not-found` (404), `fresh-factor-needed` (403). */
export type Permission = (target: Target) => void;

/**
 * Reads who acts, once; what it gives is asked inside the conditional write, of the document as it is
 * there. Problem `not-allowed` for whoever is disabled,
 * removed, without a second factor (after a reset) or nobody, and where what they asked for before has ended with
 * their sessions.
 */
export async function permission(
  store: Pick<People, 'get'>,
  performed: Performed,
  operation: Operation,
): Promise<Permission> {
  return (await permissions(store, performed))(operation);
}

/** The same for what is several operations: who acts is read once for all of them. */
export async function permissions(
  store: Pick<People, 'get'>,
  performed: Performed,
): Promise<(operation: Operation) => Permission> {
  return judging(performed, await standingOf(store, performed));
}

function judging({ actor, fresh }: Performed, standing: Standing) {
  return (operation: Operation): Permission =>
    (target) => {
      const code = refusalOf(operation, { actor, fresh, ...standing }, target);
      if (code) throw new Problem(code, { status: code === 'not-found' ? 404 : 403 });
    };
}

/**
 * Of a list: the organisation that it is cut to for whoever asks; null: it is everybody's. `asked`: the
 * organisation that is asked for, if any. Throws as a permission does.
 */
export async function reach(
  store: Pick<People, 'get'>,
  performed: Performed,
  operation: Operation,
  asked: string | undefined,
): Promise<string | null> {
  const standing = await standingOf(store, performed);
  const may = judging(performed, standing)(operation);
  if (asked !== undefined) {
    may({ organisation: asked });
    return asked;
  }
  if (refusalOf(operation, { ...performed, ...standing }, {}) === undefined) return null;
  may({ organisation: standing.organisation });
  return standing.organisation;
}

/** Of the administrator who acts. Problem `not-allowed` for who is no person. */
export function administratorId({ actor }: Performed): string {
  if (actor.kind === 'administrator' && actor.id !== null) return actor.id;
  throw new Problem('not-allowed', { status: 403 });
}

/** Of who acts, as it is now: for what is done later. Problem `not-allowed` for who is no person. */
export async function actorEpoch(
  store: Pick<People, 'get'>,
  performed: Performed,
): Promise<{ by: string; byEpoch: number }> {
  const person = await getPerson(store, administratorId(performed));
  if (!person) throw new Problem('not-allowed', { status: 403 });
  return { by: person.id, byEpoch: person.epoch };
}

type Standing = Awaited<ReturnType<typeof standingOf>>;

async function standingOf(store: Pick<People, 'get'>, { actor, now, epoch }: Performed) {
  if (actor.kind === 'operator' || actor.kind === 'self')
    return { role: 'member', organisation: null } as const;
  // No client has a role, so far: programs may nothing.
  const person =
    actor.kind === 'administrator' ? await getPerson(store, actor.id ?? '') : undefined;
  if (!person || !isActive(person, now) || !isEnrolled(person))
    throw new Problem('not-allowed', { status: 403 });
  if (epoch !== undefined && epoch !== person.epoch)
    throw new Problem('not-allowed', { status: 403 });
  return { role: person.role, organisation: person.organisation };
}
