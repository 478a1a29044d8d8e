/** Apps → the app → Preview: what somebody would bring to it, claim by claim, and why one is missing. */
import type { Answers, PreviewedClaim } from '../../../../oidc/claims/preview.ts';
import {
  previewClient,
  previewClientInput,
  type PreviewedClient,
} from '../../../../operations/clients/preview-client.ts';
import { allowedScopes } from '../../../../records/client.ts';
import { findPerson, getPerson } from '../../../../records/person.ts';
import { printable } from '../../../../text/printable.ts';
import type { Errors } from '../../errors.ts';
import { APPS, appAt, appFrame } from '../../apps/app.ts';
import { reasonKey } from '../../apps/reasons.ts';
import { wordsOf } from '../../event-words.ts';
import type { AdminPage, AdminVisit } from '../../page.ts';
import { personPath } from '../../person.ts';

export const appPreview: AdminPage = {
  path: `${APPS}/:client/preview`,
  operation: 'client.preview',
  section: 'apps',
  fresh: false,

  async show(visit) {
    const seen = await appAt(visit, 'preview', 'client.preview');
    const { client } = seen;
    const said = (name: string): string =>
      (visit.ctx.URL.searchParams.get(name) ?? '').trim().slice(0, 2000);
    const asked = { person: said('person'), scope: said('scope') };
    const answer = asked.person === '' ? undefined : await previewed(visit, client.id, asked);
    const errors: Errors =
      asked.person !== '' && answer === undefined ? { person: 'app-person' } : {};
    const context = {
      ...appFrame(visit, seen, 'preview'),
      asked,
      scopes: allowedScopes(client).join(' '),
      preview: answer ?? null,
      errors,
    };
    return { show: 'admin/app-preview', context };
  },
};

/** Undefined: there is nobody of that name whom the visitor may see. */
async function previewed(
  { parts, performed }: AdminVisit,
  client: string,
  { person: named, scope }: { person: string; scope: string },
) {
  const { store } = parts;
  const person =
    (await findPerson(store, named)) ??
    (/^[\w-]{22}$/u.test(named) ? await getPerson(store, named) : undefined);
  if (!person) return undefined;
  const input = previewClientInput.parse({ client, ...(scope === '' ? {} : { scope }) });
  const result = await previewClient(parts, performed, person.id, input);
  if (!result.ok) return undefined;
  return { name: person.name, href: personPath(person.id), ...shown(result.value) };
}

function shown({ answers, steps, otherScopes, resource, client, scopes }: PreviewedClient) {
  const refusal = answers ? [] : (steps.at(-1)?.reasons ?? []);
  return {
    scopes: scopes.join(' '),
    otherScopes: otherScopes.map(printable),
    thirdParty: !client.firstParty,
    resource,
    refused: answers ? null : wordsOf({ details: {}, reasons: refusal }),
    claims: answers ? answers.claims.map((claim) => claimOf(claim, answers)) : [],
    documents: answers ? documentsOf(answers) : [],
  };
}

function claimOf({ claim, from, inIdToken, atUserinfo, why }: PreviewedClaim, answers: Answers) {
  const value = answers.idToken[claim] ?? answers.userinfo?.[claim];
  const told = value === undefined ? null : printable(JSON.stringify(value));
  return {
    claim,
    value: told,
    inIdToken,
    atUserinfo,
    from: { text: printable(from), key: reasonKey(from) },
    why: why === null ? null : { text: why, key: reasonKey(why) },
  };
}

/** As they would be sent; null: there is no such answer. */
function documentsOf({ idToken, userinfo, introspection }: Answers) {
  const all = Object.entries({ idToken, userinfo, introspection });
  return all.map(([id, value]) => ({
    id,
    text: value === null ? null : printableJson(value),
  }));
}

/** Lines of ours, with whatever cannot be printed escaped. */
function printableJson(value: object): string {
  return JSON.stringify(value, null, 2).split('\n').map(printable).join('\n');
}
