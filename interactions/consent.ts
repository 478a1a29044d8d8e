/** What a client that is not first party may know. Native ones are asked each time (RFC 8252 §8.6). */
import { z } from 'zod';
import { parseFields, text } from '../src/web/forms.ts';
import { Problem } from '../src/problem.ts';
import type { Step, Visit } from './step.ts';

const form = z.object({ decision: text(10) });

export const consent: Step = {
  name: 'consent',

  async show(visit) {
    const { client, person } = visit;
    if (!person) throw new Problem('interaction-expired');
    const host = client.uri && URL.canParse(client.uri) ? new URL(client.uri).host : '';
    const shown = { name: client.name, uri: host || null };
    const context = {
      client: shown,
      person: { name: person.name },
      scopes: requestedScopes(visit),
    };
    return { show: 'interactions/consent', context };
  },

  async submit(visit, fields) {
    const parsed = parseFields(form, fields);
    const allowed = parsed.ok && parsed.values.decision === 'allow';
    if (!allowed) return { error: 'access_denied', description: 'the person refused' };
    return { result: { consent: { grantId: await grant(visit) } } };
  },
};

/** The grant is the person's of the session that the request runs in; without one there is nobody to consent. */
async function grant(visit: Visit): Promise<string> {
  const { Grant } = visit.parts.provider;
  const { session, grantId } = visit.record.payload;
  if (!session || session.accountId !== visit.person?.id) throw new Problem('interaction-expired');
  const known = grantId === undefined ? undefined : await Grant.find(grantId);
  const granted = known ?? new Grant({ accountId: session.accountId, clientId: visit.client.id });
  granted.addOIDCScope(requestedScopes(visit).join(' '));
  return granted.save();
}

function requestedScopes(visit: Visit): string[] {
  const { scope } = visit.record.payload.params ?? {};
  return typeof scope === 'string' ? scope.split(' ').filter((name) => name !== '') : [];
}
