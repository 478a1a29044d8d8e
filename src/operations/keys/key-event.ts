import { eventAbout, type EventContent, type Performed } from '../../audit/performed.ts';

/** Of an act on a key of the installation, named by its id: which one and of which kind. */
export function keyEvent(
  performed: Performed,
  type: EventContent['type'] & `key.${string}`,
  { kind, ...details }: { kind: 'signing' | 'encryption'; kid: string } & Record<string, string>,
  reasons: readonly string[] = [],
) {
  return eventAbout(undefined, performed, { type, reasons, details: { kind, ...details } });
}
