/** The file that documents the configuration (config/default.yaml), out of the schema. */
import { stringify } from 'yaml';
import { configKeys, type Key } from './keys.ts';

const HEAD = `# The configuration of Latchkey: every key, with its default.
#
# Copy what you want to change into a file of your own and name it with --config FILE or
# LATCHKEY_CONFIG. An environment variable goes before the file; its name is beside each key. Lists
# are written with commas there. A secret can also be given as a file whose name is in the variable
# that ends in _FILE. Relative paths are relative to the working directory. Unknown keys, unknown
# LATCHKEY_ variables and bad values are refused, all at once, before anything starts.
#
# This file is made from src/config/schema.ts: node bin/run.js check/default-config.ts
`;

/** The text of config/default.yaml. */
export function documentedDefaults(): string {
  let section = '';
  const parts = configKeys().map((key) => {
    const [heading, indent] = place(key);
    const opened = heading === section || heading === '' ? '' : `${heading}:\n`;
    section = heading;
    return opened + entry(key, indent);
  });
  return [HEAD, ...parts].join('\n');
}

function place({ path }: Key): [section: string, indent: string] {
  const at = path.lastIndexOf('.');
  return at < 0 ? ['', ''] : [path.slice(0, at), '  '];
}

function entry(key: Key, indent: string): string {
  const name = key.path.slice(key.path.lastIndexOf('.') + 1);
  const also = key.secret ? ` or ${key.variable}_FILE` : '';
  const comments = [
    ...fold(key.sentence, 96 - indent.length),
    ...fold(`Allowed: ${key.allowed}.`, 96 - indent.length),
    `Variable: ${key.variable}${also}`,
  ];
  const value: unknown = key.zod.parse(undefined);
  const line =
    value === undefined ? `# ${name}:` : stringify({ [name]: value }, { lineWidth: 0 }).trimEnd();
  return [...comments.map((comment) => `# ${comment}`), line]
    .map((text) => `${indent}${text}\n`)
    .join('');
}

/** Lines of at most `width` characters, broken at spaces. */
function fold(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}
