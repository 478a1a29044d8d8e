/** Apps → the app → Refused requests: what came and what is registered; a redirect URI of its own origin is taken in. */
import { createHash } from 'node:crypto';
import { acceptRedirect, judgeRedirect } from '../../../../operations/clients/accept-redirect.ts';
import { listRefusals, type ListedRefusals } from '../../../../operations/clients/list-refusals.ts';
import { found, valueOr } from '../../../signed-in/found.ts';
import { APPS, appFrame, appOf, appPath } from '../../apps/app.ts';
import { ask } from '../../confirm.ts';
import { hasRowFor, type AdminPage, type AdminVisit } from '../../page.ts';

/** Of a page. */
const SHOWN = 25;
type Refusal = ListedRefusals['refusals'][number];

/** Reasons that have words (`apps.refused.<reason>`); others are what the field's standards call them. */
const WORDED = ['redirect_uri', 'post_logout_redirect_uri', 'scope', 'scope_ignored', 'not_open'];

const refusals: AdminPage = {
  path: `${APPS}/:client/refusals`,
  operation: 'client.list-refusals',
  section: 'apps',
  fresh: false,

  async show(visit) {
    const seen = await appOf(visit);
    const { client } = seen;
    const all = await refusalsOf(visit);
    const from = Number(visit.ctx.URL.searchParams.get('after')?.slice(0, 6)) || 0;
    const mayAccept = hasRowFor(visit.person, 'client.change');
    const path = appPath(client.id, 'refusals');
    const context = {
      ...appFrame(visit, seen, 'refusals'),
      refusals: all.slice(from, from + SHOWN).map((one) => ({
        ...shown(one),
        accept: mayAccept && one.acceptable ? `${path}/${idOf(one)}/accept` : null,
      })),
      registered: {
        redirect_uri: client.redirectUris,
        post_logout_redirect_uri: client.postLogoutRedirectUris,
        scope: client.scopes,
      },
      first: from > 0 ? path : null,
      next: from + SHOWN < all.length ? `${path}?after=${from + SHOWN}` : null,
    };
    return { show: 'admin/app-refusals', context };
  },
};

async function refusalsOf({ parts, performed, params }: AdminVisit): Promise<Refusal[]> {
  const listed = await listRefusals(parts, performed, params['client'] ?? '');
  return valueOr(listed, APPS).refusals;
}

function shown({ endpoint, reason, value, count, firstAt, lastAt }: Refusal) {
  const worded = WORDED.includes(reason);
  const came = value === reason ? '' : value;
  return { endpoint, reason, worded, value: came, count, firstAt, lastAt };
}

/** Of an address: what came is too long for one, and anybody's to choose. */
const idOf = ({ reason, value }: Pick<Refusal, 'reason' | 'value'>): string =>
  createHash('sha256').update(`${reason} ${value}`).digest('base64url').slice(0, 22);

const accept: AdminPage = {
  path: `${APPS}/:client/refusals/:refusal/accept`,
  operation: 'client.change',
  section: 'apps',
  fresh: true,
  async show(visit) {
    return ask('app-accept', await questionOf(visit));
  },
  async submit(visit) {
    const question = await questionOf(visit);
    const { parts, performed, params } = visit;
    const { uri } = question.values;
    const accepted = await acceptRedirect(parts, performed, params['client'] ?? '', { uri });
    if (!accepted.ok) return ask('app-accept', question, accepted.problem);
    const undo = appPath(params['client'] ?? '', 'settings/addresses');
    const said = { what: 'app-accept', values: { uri, name: question.values.name }, undo };
    return { to: question.back, said };
  },
};

/** What is there already and what is to be, and where they begin to be different. */
async function questionOf(visit: AdminVisit) {
  const { client } = await appOf(visit);
  const { parts, performed, params } = visit;
  const back = appPath(client.id, 'refusals');
  const came = (await refusalsOf(visit)).find((one) => idOf(one) === params['refusal']);
  const { value: uri } = found(came, back);
  const judged = await judgeRedirect(parts, performed, client.id, { uri });
  const nearest = judged.ok ? judged.value.nearest : uri;
  if (!judged.ok && visit.ctx.method === 'GET') valueOr(judged, back);
  return { back, values: { name: client.name, uri, nearest, rest: restOf(nearest, uri) } };
}

function restOf(nearest: string, uri: string): string {
  const at = [...uri].findIndex((character, nth) => character !== nearest[nth]);
  return at < 0 ? uri : uri.slice(at);
}

export const refusalPages: readonly AdminPage[] = [refusals, accept];
