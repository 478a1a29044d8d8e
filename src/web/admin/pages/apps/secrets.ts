/** Apps → the app → Secrets: which there are, when each was used last; a new one beside them, the end of an old one. */
import { secretUses } from '../../../../oidc/clients/secrets/secret-use.ts';
import { isUsable } from '../../../../oidc/clients/secrets/secrets.ts';
import { removeSecret } from '../../../../operations/clients/remove-secret.ts';
import { rotateSecret } from '../../../../operations/clients/rotate-secret.ts';
import type { ClientRecord } from '../../../../records/client.ts';
import type { Fields } from '../../../forms.ts';
import { changedMeanwhile, found } from '../../../signed-in/found.ts';
import type { Answer } from '../../../signed-in/page.ts';
import { APPS, appAt, appFrame, appPath } from '../../apps/app.ts';
import { ask } from '../../confirm.ts';
import type { Errors } from '../../errors.ts';
import { mayDo, type AdminPage, type AdminVisit } from '../../page.ts';
import { handedOver } from './handed-over.ts';

const DAY = 86_400_000;
/** Days that the old ones may go on, to choose from; 0: they end at once. */
const OVERLAPS = [0, 1, 7, 30, 90];
const USUAL = 7;

const secrets: AdminPage = {
  path: `${APPS}/:client/secrets`,
  operation: 'client.rotate-secret',
  section: 'apps',
  fresh: false,

  async show(visit) {
    const seen = await appAt(visit, 'secrets');
    const { client } = seen;
    const context = {
      ...appFrame(visit, seen, 'secrets'),
      secrets: await shownSecrets(visit, client),
      rotate: client.secrets.length > 0 ? appPath(client.id, 'rotate-secret') : null,
    };
    return { show: 'admin/app-secrets', context };
  },
};

/** Newest first. One that can be used has to stay. */
async function shownSecrets(visit: AdminVisit, { id, secrets: all }: ClientRecord) {
  const { parts, now } = visit;
  const uses = await secretUses(parts.store, id, all);
  const usable = all.filter((one) => isUsable(one, now));
  const mayEnd = mayDo(visit, 'client.remove-secret', {});
  return all.toReversed().map((one) => {
    const isLast = usable.length === 1 && usable[0]?.id === one.id;
    const use = uses.get(one.id);
    return {
      id: one.id,
      createdAt: one.createdAt,
      expiresAt: one.expiresAt,
      expired: !isUsable(one, now),
      usedAt: use?.at ?? null,
      usedFrom: use?.address ?? '',
      end: mayEnd && !isLast ? appPath(id, `secrets/${encodeURIComponent(one.id)}/end`) : null,
    };
  });
}

const rotate: AdminPage = {
  path: `${APPS}/:client/rotate-secret`,
  operation: 'client.rotate-secret',
  section: 'apps',
  fresh: true,
  show: async (visit) => rotatePage((await appAt(visit, 'secrets')).client, visit.held, {}),
  async submit(visit, fields) {
    const { client } = await appAt(visit, 'secrets');
    const overlap = OVERLAPS.find((days) => String(days) === fields['overlap']);
    const leaked = fields['overlap'] === 'leaked';
    if (overlap === undefined && !leaked)
      return rotatePage(client, fields, { overlap: 'required' }, 400);
    const { parts, performed } = visit;
    const ends = leaked ? { leaked } : { leaked, overlap: (overlap ?? USUAL) * DAY };
    const input = { ...ends, seen: fields['seen'] ?? '' };
    const rotated = await rotateSecret(parts, performed, client.id, input);
    if (rotated.ok) return handedOver(visit, { client, isNew: false, ...rotated.value });
    const { code, values, status } = rotated.problem;
    // By somebody else, or by this form: nobody sees that one again.
    if (code === 'changed-meanwhile') throw changedMeanwhile(appPath(client.id, 'secrets'));
    return rotatePage(client, fields, { overlap: { code, values } }, status);
  },
};

function rotatePage(
  { id, name, secrets: all }: ClientRecord,
  fields: Fields,
  errors: Errors,
  status = 200,
): Answer {
  const context = {
    app: { id, name },
    overlaps: OVERLAPS,
    chosen: fields['overlap'] ?? String(USUAL),
    seen: fields['seen'] ?? all.at(-1)?.id ?? '',
    back: appPath(id, 'secrets'),
    errors,
  };
  return { show: 'admin/app-rotate', context, status };
}

const end: AdminPage = {
  path: `${APPS}/:client/secrets/:secret/end`,
  operation: 'client.remove-secret',
  section: 'apps',
  fresh: true,
  async show(visit) {
    return ask('app-secret-end', await questionOf(visit));
  },
  async submit(visit) {
    const question = await questionOf(visit);
    const { parts, performed, params } = visit;
    const { client = '', secret = '' } = params;
    const ended = await removeSecret(parts, performed, client, secret);
    if (!ended.ok) return ask('app-secret-end', question, ended.problem);
    return { to: question.back, said: { what: 'app-secret-ended', values: question.values } };
  },
};

async function questionOf(visit: AdminVisit) {
  const { client } = await appAt(visit, 'secrets');
  const { id, name } = client;
  const back = appPath(id, 'secrets');
  const one = found(
    client.secrets.find((secret) => secret.id === visit.params['secret']),
    back,
  );
  const use = (await secretUses(visit.parts.store, id, [one])).get(one.id);
  return { back, values: { name, secret: one.id, usedAt: use?.at ?? 0 } };
}

export const secretPages: readonly AdminPage[] = [secrets, rotate, end];
