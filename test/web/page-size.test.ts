import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import { EVENT_TYPES } from '../../src/audit/event.ts';
import { EVENTS_SHOWN } from '../../src/operations/audit/events-query.ts';
import { CLIENTS_PAGE } from '../../src/operations/clients/seen/find-clients.ts';
import { PEOPLE_PAGE } from '../../src/operations/people/list/people-query.ts';
import { loadAssets } from '../../src/web/assets.ts';
import { createRenderer } from '../../src/web/render.ts';
import { GROUPS_SHOWN } from '../../src/web/admin/pages/people/groups.ts';
import { ROLLOUT_PAGE } from '../../src/operations/rollout/show-rollout.ts';
import { consoleSamples } from '../support/sample-console.ts';

const VIEWS = join(import.meta.dirname, '..', '..', 'views');
/** By what a sample calls its list: as many as a page has at most. */
const MOST: Readonly<Record<string, number>> = {
  shown: EVENTS_SHOWN,
  people: PEOPLE_PAGE,
  members: 50,
  groups: 50,
  theirs: GROUPS_SHOWN,
  listed: 2 * CLIENTS_PAGE - 1,
  refusals: 25,
};

function grown([name, value]: [string, unknown]): [string, unknown] {
  const most = MOST[name];
  if (most === undefined || !Array.isArray(value) || value.length === 0) return [name, value];
  return [name, Array.from({ length: most }, (_, at) => value[at % value.length] as unknown)];
}

it('a page of the console with a full list is under 60 KB with everything', async () => {
  const assets = await loadAssets(join(VIEWS, 'assets'));
  const { render } = createRenderer(VIEWS, assets);
  const shared = ['latchkey.css', 'console.css', 'latchkey.js'].map(
    (name) => assets.find(assets.url(name))?.content.byteLength ?? Infinity,
  );
  for (const { name, page, context } of consoleSamples()) {
    // Of a board each group is a line of seven numbers: a page has fewer.
    const least = page === 'admin/rollout' ? ROLLOUT_PAGE : Infinity;
    const full = Object.fromEntries(
      Object.entries(context)
        .map(grown)
        .map(([key, value]) => [
          key,
          key === 'groups' && Array.isArray(value) ? value.slice(0, least) : value,
        ]),
    );
    const more = { csrf: 'x'.repeat(43), org: null, here: '/admin', action: '/admin' };
    const types = 'types' in full ? { types: EVENT_TYPES } : {};
    const html = render(page, 'zh-Hant', { ...more, ...full, ...types });
    const sizes = [...shared, Buffer.byteLength(html)];
    const sum = sizes.reduce((all, one) => all + one, 0);
    assert.ok(sum <= 60_000, `${name}: ${sizes.join(' + ')} bytes`);
  }
});
