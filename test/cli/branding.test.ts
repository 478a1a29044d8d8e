/** What an operator says of an organisation's looks at the command line. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { useInstallation } from '../support/command-line.ts';
import { png, pngOf } from '../branding/sample-pictures.ts';

const latchkey = useInstallation(async () => {
  await latchkey.ok(['org', 'add', 'Acme', '--mfa', 'optional']);
});
const set = (...args: string[]) => latchkey.ok(['org', 'set', 'acme', ...args]);
const refused = async (args: string[], code: number): Promise<string> =>
  (await latchkey.refused(['org', 'set', 'acme', ...args], code)).stderr;
const looks = async (): Promise<unknown[]> => {
  const { stdout } = await latchkey.ok(['org', 'list', '--json']);
  const [acme] = JSON.parse(stdout) as Record<string, unknown>[];
  return ['logo', 'colour', 'contact', 'sender_name'].map((name) => acme?.[name]);
};
const at = (name: string): string => join(latchkey.folder, name);

describe('latchkey org set', () => {
  it('gives an organisation a logo, a colour, a contact and a sender name, and takes them away', async () => {
    await writeFile(at('logo.bin'), png(64, 32));
    const words = ['--colour', '#FC0', '--contact', 'IT, it@acme.test', '--sender-name', 'Acme IT'];
    const { stdout } = await set('--logo', at('logo.bin'), ...words);
    assert.match(stdout, /logo: none → png 64x32 \(\S{8}\)/u);
    assert.match(stdout, /colour: none → #ffcc00/u);
    assert.match(stdout, /contact: none → IT, it@acme\.test/u);
    assert.match(stdout, /sender_name: none → Acme IT/u);
    const logo = { type: 'png', width: 64, height: 32 };
    assert.deepEqual(await looks(), [logo, '#ffcc00', 'IT, it@acme.test', 'Acme IT']);
    const nothing = ['--logo', 'none', '--colour', 'none', '--contact', 'none'];
    await set(...nothing, '--sender-name', 'none');
    assert.deepEqual(await looks(), [null, null, null, null]);
    const events = await latchkey.ok(['audit', 'list', '--type', 'organisation.changed', '--json']);
    assert.doesNotMatch(events.stdout, /it@acme\.test/u);
  });

  it('says what is wrong with each, and changes nothing then', async () => {
    await writeFile(at('logo.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
    await writeFile(at('large.png'), pngOf(33 * 1024));
    await writeFile(at('huge.png'), Buffer.alloc(2_000_000));
    const before = await looks();
    const all = ['--colour', '#fff', '--logo'];
    assert.match(await refused([...all, at('logo.svg')], 1), /SVG and HTML can carry programs/u);
    assert.match(await refused([...all, at('large.png')], 1), /has 33 KiB/u);
    assert.match(await refused([...all, at('huge.png')], 1), /has 1,?954 KiB/u);
    assert.match(await refused([...all, at('nowhere.png')], 2), /there is no such file/u);
    assert.match(await refused([...all, latchkey.folder], 2), /it is a folder/u);
    assert.match(await refused(['--colour', 'red'], 1), /no colour as on the web/u);
    assert.match(await refused(['--sender-name', 'a@b.test'], 1), /without @/u);
    assert.match(await refused(['--contact', ' '], 1), /one line/u);
    assert.deepEqual(await looks(), before);
  });
});
