import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { auditEventsPage } from '../../check/reference/audit-events.ts';
import { commandsPage } from '../../check/reference/commands.ts';
import { configurationPage } from '../../check/reference/configuration.ts';
import { checkReference } from '../../check/reference/pages.ts';
import { EVENT_TYPES } from '../../src/audit/event.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { configKeys, configVariables } from '../../src/config/keys.ts';
import { failuresOf } from './tree.ts';

/** Still taken, so that scripts of older versions go on. */
const RETIRED = ['without-pkce'];

const PATHS = ['docs/commands.md', 'docs/configuration.md', 'docs/audit-events.md'];

describe('the pages that are made from the code', () => {
  it('name every option of every command', async () => {
    const page = await commandsPage();
    for (const { name, load } of COMMANDS) {
      const [, section = ''] = page.split(`\n## ${name}\n`);
      const [help = ''] = section.split('\n## ');
      for (const option of Object.keys((await load()).options).filter(
        (one) => !RETIRED.includes(one),
      ))
        assert.ok(help.includes(`--${option}`), `${name} --${option}`);
    }
  });

  it('name every key with its variables, and every event, once', () => {
    const keys = configurationPage();
    for (const { path } of configKeys()) assert.equal(keys.split(`| \`${path}\`<`).length, 2, path);
    for (const name of configVariables(configKeys()).keys())
      assert.ok(keys.includes(`\`${name}\``), name);
    const events = auditEventsPage();
    for (const type of EVENT_TYPES) assert.equal(events.split(`| \`${type}\` |`).length, 2, type);
  });

  it('that differ by a letter, or are not there, are told', async () => {
    const texts = await Promise.all(PATHS.map((path) => readFile(path, 'utf8')));
    const tree = Object.fromEntries(PATHS.map((path, at) => [path, texts[at] ?? '']));
    assert.deepEqual(await failuresOf(checkReference, tree), []);
    const [first = ''] = PATHS;
    const other = { ...tree, [first]: `${tree[first]}x` };
    assert.match((await failuresOf(checkReference, other)).join(), /reference-pages\.ts/u);
    assert.equal((await failuresOf(checkReference, {})).length, PATHS.length);
  });
});
