import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { documentedDefaults } from '../../src/config/document.ts';
import { configKeys } from '../../src/config/keys.ts';
import { loadConfig } from '../../src/config/load.ts';

const folder = fileURLToPath(new URL('../../config/', import.meta.url));
const cwd = '/somewhere';

describe('config/default.yaml', () => {
  const text = readFileSync(`${folder}default.yaml`, 'utf8');

  it('is what the schema says', () => {
    assert.equal(
      text,
      documentedDefaults(),
      'make it anew: node bin/run.js check/default-config.ts',
    );
  });

  it('gives the defaults when it is loaded', () => {
    const loaded = loadConfig({ file: `${folder}default.yaml`, env: {}, cwd });
    assert.deepEqual(loaded, loadConfig({ env: {}, cwd }));
  });

  it('has every key with its variable', () => {
    for (const { path, variable } of configKeys()) {
      assert.match(text, new RegExp(`Variable: ${variable}\\b`, 'u'));
      assert.match(text, new RegExp(`^ *(?:# )?${path.split('.').at(-1)}:`, 'mu'));
    }
  });
});

describe('config/examples', () => {
  const examples = readdirSync(`${folder}examples`);
  it('are there', () => assert.deepEqual(examples, ['behind-a-proxy.yaml', 'docker.yaml']));

  for (const name of examples) {
    it(`${name} loads`, () => {
      const config = loadConfig({ file: `${folder}examples/${name}`, env: {}, cwd });
      assert.equal(config.issuer, 'https://id.example.org');
    });
  }
});
