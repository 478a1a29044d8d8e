/** Every link of the console leads to a page, from the first day of an installation on. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { memberOf } from '../support/account.ts';
import { unescapeHtml } from '../support/http-browser.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
before(async () => (server = await startTestServer()));
after(() => server.stop());

const IN_CONSOLE = /href="(\/admin(?:[/?][^"#]*)?)"/gu;
/** Of pages that differ by what they are filtered by, or by the file that they are. */
const shapeOf = (href: string): string => href.replace(/\?.*$/u, '');

describe('every link of the console', () => {
  for (const role of [
    'administrator',
    'organisation-administrator',
    'helpdesk',
    'auditor',
  ] as const)
    it(`leads ${role}s to a page`, async () => {
      const member = memberOf(server, await server.addPerson({ role }, { totp: true }));
      const seen = new Set<string>();
      const broken: string[] = [];
      const waiting: [href: string, from: string][] = [['/admin', '']];
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const [href, from] = next;
        if (seen.has(shapeOf(href))) continue;
        seen.add(shapeOf(href));
        const { status, html } = await member.open(href);
        if (status !== 200) broken.push(`${from} → ${href}: ${status}`);
        for (const [, to = ''] of html.matchAll(IN_CONSOLE)) waiting.push([unescapeHtml(to), href]);
      }
      assert.deepEqual(broken, []);
      assert.ok(seen.size >= 5, `${seen.size}`);
    });
});

describe('where there is no mail server', () => {
  it('administrators are told who names one, and of the link that can be printed', async () => {
    const boss = memberOf(
      server,
      await server.addPerson({ role: 'administrator' }, { totp: true }),
    );
    const { person } = await server.addPerson({ login: 'newcomer', email: 'newcomer@acme.test' });
    const form = await boss.open(`/admin/people/${person.id}/invite`);
    const { status, html } = await boss.submit(form, {});
    assert.equal(status, 409);
    assert.match(html, /names one \(mail\.smtp_url\)[^.]*latchkey user password-link/u);
    assert.doesNotMatch(html, /Ask your administrator/u);
  });
});
