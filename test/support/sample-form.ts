/** A form of change as its page is shown it (web/admin/as-read.ts). */
import type { FormShown } from '../../src/web/admin/as-read.ts';

/** `meanwhile`: what somebody else has changed; absent: nobody was faster. */
export function sampleForm(
  fields: FormShown['fields'],
  meanwhile?: FormShown['meanwhile'],
): FormShown {
  return { fields, seen: 'x', faster: meanwhile !== undefined, meanwhile: meanwhile ?? [] };
}

/** One box that was typed into, and one that was not. */
export const MEANWHILE: FormShown['meanwhile'] = [
  {
    label: { textKey: 'people.name' },
    now: { text: 'Alice Archer-Brandt' },
    typed: { text: 'Alice A. Archer' },
  },
  { label: { textKey: 'people.role' }, now: { textKey: 'role.auditor' }, typed: null },
];
