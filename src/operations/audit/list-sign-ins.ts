/** What was decided at the last sign-ins of one person, for whoever looks after them. Reads only. */
import { auditCollection, eventsAbout } from '../../audit/event.ts';
import type { Performed } from '../../audit/performed.ts';
import { signInAttempts, type SignInAttempt } from '../../audit/sign-in-attempts.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Store } from '../../storage/store.ts';
import { readAdministered } from '../people/administer.ts';
import { reach } from '../permission.ts';

/** Events of the person that are looked at: of whoever uses mail programs much, some are of no sign-in. */
const READ = 100;
const SIGN_INS_SHOWN = 3;

/**
 * The newest first. Of events of another organisation that the person was in before, those who reach it alone learn.
 * `id`: subject identifier. Problem `not-found`, and those of who may.
 */
export function listSignIns(
  { store }: { store: Pick<Store, 'get' | 'find'> },
  performed: Performed,
  id: string,
): Promise<Result<SignInAttempt[]>> {
  return resultOf(async () => {
    await readAdministered(store, performed, 'person.list-activity', id);
    const reached = await reach(store, performed, 'person.list-activity', undefined);
    const query = { ...eventsAbout(id), descending: true, limit: READ };
    const { items } = await store.find(auditCollection, query);
    const events = items
      .map(({ value }) => value)
      .filter(({ organisation }) => reached === null || organisation === reached);
    return signInAttempts(events).slice(0, SIGN_INS_SHOWN);
  });
}
