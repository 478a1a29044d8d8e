import { Problem } from '../../../problem.ts';
import type { Person } from '../../../records/person.ts';

/** Problem `service-mailbox` (409): nobody signs in by it. */
export function checkSignsIn({ service }: Pick<Person, 'service'>): void {
  if (service) throw new Problem('service-mailbox', { status: 409 });
}
