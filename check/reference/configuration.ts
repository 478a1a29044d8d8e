/** `docs/configuration.md`: every key of the schema (src/config/schema.ts). */
import { stringify } from 'yaml';
import { configKeys, configVariables, type Key, type Variable } from '../../src/config/keys.ts';

const HEAD = `# Configuration

Every key has a default, and most installations set two or three. A key is set in a file, named by \`--config FILE\` or \`LATCHKEY_CONFIG\`:

\`\`\`yaml
issuer: https://login.example.org
proxies: [127.0.0.1]
mail:
  from: Acme sign-in <login@acme.example>
\`\`\`

or by its environment variable, which goes before the file:

\`\`\`sh
LATCHKEY_ISSUER=https://login.example.org LATCHKEY_PROXIES=127.0.0.1 npm start
\`\`\`

- Lists are written with commas in a variable.
- A secret can also be given as a file: its variable with \`_FILE\` at the end names it. Such a file must not be open to others.
- Relative paths are relative to the working directory.
- Unknown keys, unknown \`LATCHKEY_\` variables and bad values are refused, all at once, before anything starts.

The same as a file to copy from: [config/default.yaml](../config/default.yaml). Whole files: [config/examples](../config/examples).
`;

/** The page as it has to be, before it is formatted. */
export function configurationPage(): string {
  const sections = Map.groupBy(configKeys(), ({ path }) =>
    path.includes('.') ? path.slice(0, path.indexOf('.')) : 'General',
  );
  const variables = Map.groupBy(configVariables(configKeys()).values(), ({ key }) => key.path);
  const parts = [...sections].flatMap(([name, keys]) => [
    `## ${name}\n`,
    '| Key and variable | Default | What it sets |',
    '| --- | --- | --- |',
    ...keys.map((key) => row(key, variables.get(key.path) ?? [])),
    '',
  ]);
  return [HEAD, ...parts].join('\n');
}

function row(key: Key, variables: readonly Variable[]): string {
  const named = [key.path, ...variables.map(({ name }) => name)]
    .map((name) => `\`${name}\``)
    .join('<br>');
  const says = `${key.sentence} Allowed: ${key.allowed}.`;
  return `| ${named} | ${defaultOf(key)} | ${says.replaceAll('|', String.raw`\|`).replaceAll(/[<>]/gu, String.raw`\$&`)} |`;
}

function defaultOf({ zod }: Key): string {
  const value: unknown = zod.parse(undefined);
  return value === undefined ? '' : `\`${stringify(value).trim()}\``;
}
