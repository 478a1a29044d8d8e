import { Problem } from '../../problem.ts';
import { isPrintable } from '../../text/printable.ts';

/** Characters. */
export const LONGEST_DESCRIPTION = 500;

/** Problem `group-description-format`. */
export function checkDescription(description: string): void {
  if (description.length <= LONGEST_DESCRIPTION && isPrintable(description)) return;
  throw new Problem('group-description-format', { values: { maximum: LONGEST_DESCRIPTION } });
}
