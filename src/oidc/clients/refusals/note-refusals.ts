/** From a refused request to what is noted of its client. */
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { DeferredWrites } from '../../adapters/deferred-writes.ts';
import { recordOf } from '../clients.ts';
import type { ClientRefusal } from './client-refusal.ts';
import { fitsRegistration } from './fair-share.ts';
import { createRefusalNotes, type RefusalNotesParts } from './client-refusals.ts';

/** Where whoever has no secret could tell by the time whether there is such a client. */
const UNHURRIED: ReadonlySet<string> = new Set([
  'token',
  'introspection',
  'revocation',
  'pushed authorization',
  'device authorization',
]);

type Refusal = Omit<ClientRefusal, 'count' | 'firstAt' | 'lastAt'>;

/** Never throws. The answer waits for what is written at once. */
export function noteRefusals(parts: RefusalNotesParts & { deferredWrites: DeferredWrites }) {
  const notes = createRefusalNotes(parts);
  return (ctx: KoaContextWithOIDC, refusal: Refusal): void => {
    const { client } = ctx.oidc;
    if (!client) return;
    const record = recordOf(client);
    const { id, registration } = record;
    const fits = fitsRegistration(record, refusal) ? { fits: true as const } : {};
    const written = notes.note(
      { id, ...(registration === undefined ? {} : { registration }) },
      { ...refusal, ...fits },
      UNHURRIED.has(refusal.endpoint),
    );
    if (written) parts.deferredWrites.add(ctx, written);
  };
}
