/** The language that a person has pages and mails in, and that their apps are told (`locale`). */
import { z } from 'zod';
import { eventAbout, type Performed } from '../../audit/performed.ts';
import type { Relay } from '../../outbox/relay.ts';
import type { Vault } from '../../secrets/vault.ts';
import type { Store } from '../../storage/store.ts';
import type { Person } from '../../records/person.ts';
import { resultOf, type Result } from '../../result.ts';
import { takeCaps } from '../../throttling/sending-limits.ts';
import { languageOfLocale, type Locale } from '../../text/languages.ts';
import { permission } from '../permission.ts';
import { changeAsRead } from './change-as-read.ts';

export const chooseLanguageInput = z.object({
  language: z.custom<Locale>((given) => typeof given === 'string' && languageOfLocale(given)),
});

/** Within an hour: no proof is asked for, and every one is an event that others would be looked for behind. */
export const MOST_CHOSEN = 20;

/** Nothing is written where it is theirs already, or where they have chosen very often. */
export function chooseLanguage(
  parts: { store: Store; vault: Vault; relay: Pick<Relay, 'soon'> },
  performed: Performed,
  person: Person,
  { language }: z.infer<typeof chooseLanguageInput>,
): Promise<Result<void>> {
  return resultOf(async () => {
    const may = await permission(parts.store, performed, 'language.choose');
    may({ person });
    if (person.language === language) return;
    const cap = { what: 'language person', value: person.id, max: MOST_CHOSEN };
    if (!(await takeCaps(parts, [cap], performed.now))) return;
    const details = { language };
    await changeAsRead(parts, may, person, {
      messages: [eventAbout(person, performed, { type: 'person.changed', details })],
      fields: () => ({ language }),
    });
  });
}
