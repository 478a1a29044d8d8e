import { eventAbout, type Performed } from '../../audit/performed.ts';
import type { Config } from '../../config/schema.ts';
import type { Relay } from '../../outbox/relay.ts';
import { linkCollection, linkId, makeLink, type LinkParts } from '../../records/link.ts';
import { resultOf, type Result } from '../../result.ts';
import { checkSignsIn } from './services/signs-in.ts';
import { readAdministered } from './administer.ts';

export interface PasswordLinkParts extends LinkParts {
  relay: Pick<Relay, 'soon'>;
  config: Pick<Config, 'issuer' | 'lifetimes'>;
}

/**
 * A link that the operator hands over: it sets the person's password, once, as long as nothing has ended
 * since. Link and event are one write. `id`: subject identifier. Problems: `person-unknown`, `service-mailbox` (409).
 */
export function makePasswordLink(
  parts: PasswordLinkParts,
  performed: Performed,
  id: string,
): Promise<Result<string>> {
  return resultOf(async () => {
    const { issuer, lifetimes } = parts.config;
    const person = await readAdministered(parts.store, performed, 'person.password-link', id);
    checkSignsIn(person);
    const purpose = { purpose: 'set-password' as const, person: id, epoch: person.epoch };
    const event = eventAbout(person, performed, { type: 'password.link' });
    const token = await makeLink(parts, purpose, lifetimes.password_link, performed.now, [event]);
    parts.relay.soon(linkCollection, linkId(parts.vault, token));
    return `${issuer}/set-password?token=${token}`;
  });
}
