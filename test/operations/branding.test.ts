/** What an organisation's pages and mails look like, below every door. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Performed } from '../../src/audit/performed.ts';
import {
  bringBackLogo,
  changeBranding,
  changeBrandingInput,
  LONGEST_CONTACT,
  LONGEST_SENDER_NAME,
  type BrandingChange,
} from '../../src/operations/organisations/change-branding.ts';
import { addOrganisation } from '../../src/operations/organisations/add-organisation.ts';
import { changeOrganisation } from '../../src/operations/organisations/change-organisation.ts';
import { organisationDigest } from '../../src/operations/organisations/organisation-digest.ts';
import { removeOrganisation } from '../../src/operations/organisations/remove-organisation.ts';
import { LOGO_KEPT_FOR, logoCollection } from '../../src/records/branding/logo.ts';
import { getOrganisation, organisationCollection } from '../../src/records/organisation.ts';
import type { Result } from '../../src/result.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { addStaff, performedBy, writesOf } from '../support/staff.ts';
import { doBetween } from '../support/watched-store.ts';
import { picture, png, refusedPictures } from '../branding/sample-pictures.ts';

const NOW = 4_000_000_000_000;
let fresh: FreshStore;
before(async () => {
  fresh = await openFreshStore(NOW);
  await addStaff(fresh);
});
after(() => fresh.close());

const admin = performedBy('administrator', NOW);
const own = performedBy('organisation-administrator', NOW);
const codeOf = (result: Result<unknown>): string => (result.ok ? 'done' : result.problem.code);
const change = (performed: Performed, id: string, input: BrandingChange) =>
  changeBranding(fresh, performed, id, changeBrandingInput.parse(input));
const changed = async (input: BrandingChange) => {
  const result = await change(own, 'acme', input);
  assert.ok(result.ok, codeOf(result));
  return result.value;
};
const acme = async () => {
  const found = await getOrganisation(fresh.store, 'acme');
  assert.ok(found);
  return found;
};
const lastEvent = async () => {
  const message = (await fresh.store.get(organisationCollection, 'acme'))?.postings?.at(-1);
  assert.ok(message && 'event' in message);
  return message.event;
};
const logoAt = (id: string | undefined) => fresh.store.get(logoCollection, id ?? '');

describe('what an organisation looks like', () => {
  it('is changed by its own administrator, in one write of it that says what', async () => {
    const input = { colour: '#0B5C8E', contact: ' Mia, it@acme.test ', senderName: 'Acme IT' };
    const writes = await writesOf(fresh.store, () => changed(input));
    assert.deepEqual(writes, ['update organisation']);
    const { colour, contact, senderName } = await acme();
    assert.deepEqual([colour, contact, senderName], ['#0b5c8e', 'Mia, it@acme.test', 'Acme IT']);
    const { type, organisation, actorId, details } = await lastEvent();
    assert.deepEqual(
      [type, organisation, actorId],
      ['organisation.changed', 'acme', 'organisation-administrator'],
    );
    // Who is asked is somebody: no event keeps a name or an address.
    assert.deepEqual(details, {
      colour: 'none → #0b5c8e',
      contact: 'changed',
      sender_name: 'none → Acme IT',
    });
    assert.deepEqual(await writesOf(fresh.store, () => changed(input)), []);
    await changed({ contact: null, senderName: null, colour: '#AbC' });
    assert.equal((await acme()).colour, '#aabbcc');
  });

  it('by nobody of another one or of a lower role, and with a fresh factor alone', async () => {
    const colour = { colour: '#123456' };
    for (const id of ['globex', 'nowhere', 'no id'])
      assert.equal(codeOf(await change(own, id, colour)), 'not-found', id);
    assert.equal(codeOf(await change(admin, 'nowhere', colour)), 'organisation-unknown');
    assert.equal(codeOf(await change(admin, 'globex', colour)), 'done');
    for (const role of ['helpdesk', 'auditor', 'member'] as const)
      assert.equal(codeOf(await change(performedBy(role, NOW), 'acme', colour)), 'not-allowed');
    const stale = { ...own, fresh: false };
    assert.equal(codeOf(await change(stale, 'acme', colour)), 'fresh-factor-needed');
    assert.equal(codeOf(await change(stale, 'acme', { logo: png(64, 64) })), 'fresh-factor-needed');
    assert.equal(codeOf(await bringBackLogo(fresh, stale, 'acme', 'x')), 'fresh-factor-needed');
  });

  it('is said of each field that is wrong, and nothing is written then', async () => {
    const before = await acme();
    const input = {
      logo: Buffer.from('<svg/>'),
      colour: 'red',
      contact: 'x'.repeat(LONGEST_CONTACT + 1),
      senderName: 'x'.repeat(LONGEST_SENDER_NAME + 1),
    };
    const writes = await writesOf(fresh.store, async () => {
      const result = await change(own, 'acme', input);
      assert.ok(!result.ok);
      const codes = Object.entries(result.problem.faults).map(([at, { code }]) => [at, code]);
      assert.deepEqual(Object.fromEntries(codes), {
        logo: 'logo-drawing',
        colour: 'colour-format',
        contact: 'contact-format',
        senderName: 'sender-name-format',
      });
    });
    assert.deepEqual(writes, []);
    assert.deepEqual(await acme(), before);
  });

  it('has no words that a header or a mail program could read otherwise', async () => {
    const lines = ['a\r\nBcc: all@acme.test', 'a\nb', 'a\u{2028}b', 'a\u{202E}b', ' '];
    const addresses = ['it@acme.test', 'Acme <it>', '"Acme"', 'it＠acme.test', '\u{0}'];
    for (const senderName of [...lines, ...addresses])
      assert.equal(codeOf(await change(own, 'acme', { senderName })), 'sender-name-format');
    for (const contact of lines)
      assert.equal(codeOf(await change(own, 'acme', { contact })), 'contact-format');
    for (const colour of ['', '#12', '#1234567', '#12345g', '0b5c8e', '#fff;}', 'url(x)'])
      assert.equal(codeOf(await change(own, 'acme', { colour })), 'colour-format', colour);
    const payloads = ['{"$ne":null}', "'; DROP TABLE x", '{{ 7*7 }}', '=1+1'];
    for (const contact of payloads) {
      await changed({ contact });
      assert.equal((await acme()).contact, contact);
    }
  });

  it('is not saved over what somebody else saved meanwhile', async () => {
    const seen = organisationDigest(await acme());
    await changed({ colour: '#111111' });
    const late = await changeBranding(fresh, own, 'acme', { logo: png(64, 64) }, seen);
    assert.equal(codeOf(late), 'changed-meanwhile');
    assert.equal((await acme()).logo ?? null, null);
    const now = organisationDigest(await acme());
    assert.equal(codeOf(await changeBranding(fresh, own, 'acme', { colour: null }, now)), 'done');
  });
});

describe('a logo', () => {
  it('is kept written anew, under an id that is another for each', async () => {
    const sent = await picture('logo.png');
    const writes = await writesOf(fresh.store, () => changed({ logo: sent }));
    assert.deepEqual(writes, ['put organisation_logo', 'update organisation']);
    const { logo: first } = await acme();
    const { id, ...rest } = first ?? {};
    assert.deepEqual(rest, { type: 'png', width: 48, height: 24 });
    const stored = await logoAt(id);
    assert.equal(stored?.organisation, 'acme');
    assert.ok(!Buffer.from(stored.content, 'base64').includes('script'));
    assert.match((await lastEvent()).details?.['logo'] as string, /^none → png 48x24 \(\S{8}\)$/u);
    await change(admin, 'globex', { logo: sent });
    assert.notEqual((await getOrganisation(fresh.store, 'globex'))?.logo?.id, id);
  });

  it('that is no picture is refused with the reason, and never kept', async () => {
    const before = await acme();
    for (const [what, code, content] of await refusedPictures()) {
      const writes = await writesOf(fresh.store, async () => {
        const result = await change(own, 'acme', { logo: content });
        assert.ok(!result.ok, what);
        assert.equal(result.problem.faults['logo']?.code, code, what);
      });
      assert.deepEqual(writes, [], what);
    }
    assert.deepEqual(await acme(), before);
  });

  it('that is taken away is there for a day, to be brought back', async () => {
    await changed({ logo: png(64, 64) });
    const { logo } = await acme();
    await changed({ logo: null });
    assert.equal((await acme()).logo, null);
    fresh.clock.now = NOW + LOGO_KEPT_FOR - 1;
    assert.ok(await logoAt(logo?.id));
    const back = await bringBackLogo(fresh, own, 'acme', logo?.id ?? '');
    assert.equal(codeOf(back), 'done');
    fresh.clock.now = NOW + 2 * LOGO_KEPT_FOR;
    assert.equal(await logoAt(logo?.id), undefined);
    const shown = (await acme()).logo;
    assert.notEqual(shown?.id, logo?.id);
    assert.equal((await logoAt(shown?.id))?.width, 64, 'it stays, under an id of its own');
    assert.equal(codeOf(await bringBackLogo(fresh, own, 'acme', logo?.id ?? '')), 'not-found');
    fresh.clock.now = NOW;
  });

  it('of another organisation can’t be brought back', async () => {
    await change(admin, 'globex', { logo: png(64, 64) });
    const theirs = (await getOrganisation(fresh.store, 'globex'))?.logo?.id ?? '';
    for (const id of [theirs, '', 'x', '{"$ne":null}'])
      assert.equal(codeOf(await bringBackLogo(fresh, own, 'acme', id)), 'not-found', id);
    assert.equal(codeOf(await bringBackLogo(fresh, own, 'globex', theirs)), 'not-found');
  });

  it('goes with the one after it, with a change that was too late, and with its organisation', async () => {
    await changed({ logo: png(64, 64) });
    const first = (await acme()).logo?.id;
    await changed({ logo: png(64, 32) });
    const second = (await acme()).logo?.id;
    const store = doBetween(fresh.store, 'put organisation_logo', async () => {
      await changed({ colour: '#222222' });
    });
    const seen = organisationDigest(await acme());
    const late = { logo: png(32, 32) };
    const result = await changeBranding({ ...fresh, store }, own, 'acme', late, seen);
    assert.equal(codeOf(result), 'changed-meanwhile');
    assert.ok((await addOrganisation(fresh, admin, { name: 'Shop', mfa: 'optional' })).ok);
    await change(admin, 'shop', { logo: png(64, 64) });
    const shops = (await getOrganisation(fresh.store, 'shop'))?.logo?.id;
    assert.ok((await removeOrganisation(fresh, admin, 'shop')).ok);
    fresh.clock.now = NOW + LOGO_KEPT_FOR + 1;
    for (const id of [first, shops]) assert.equal(await logoAt(id), undefined);
    assert.ok(await logoAt(second));
    const all = await fresh.store.scan(logoCollection);
    const ids = all.items.filter(({ value }) => value.organisation === 'acme').map(({ id }) => id);
    assert.deepEqual(ids, [second]);
    fresh.clock.now = NOW;
  });

  it('stays as it is where the rest of an organisation is changed', async () => {
    const before = (await acme()).logo;
    assert.ok((await changeOrganisation(fresh, own, 'acme', { name: 'Acme Ltd' })).ok);
    assert.deepEqual((await acme()).logo, before);
  });
});
