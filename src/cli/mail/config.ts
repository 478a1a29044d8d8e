/** `latchkey mail config`: complete files for the mail server and the webmail. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CLIENT_SECRET } from '../../templates/template.ts';
import type { TemplateId } from '../../templates/templates.ts';
import { didYouMean } from '../../config/nearest.ts';
import type { World } from '../../server/world.ts';
import { clientNamed } from '../../operations/clients/client-named.ts';
import {
  onlyPositional,
  string,
  withInstallation,
  type Command,
  type Options,
} from '../command.ts';
import { handOver } from './template-files.ts';
import { UsageError } from '../usage-error.ts';

const PROGRAMS = {
  dovecot: 'dovecot',
  postfix: 'postfix',
  roundcube: 'roundcube-1.6',
  'roundcube-1.6': 'roundcube-1.6',
  'roundcube-1.7': 'roundcube-1.7',
} as const satisfies Record<string, TemplateId>;

/** Bytes of a file with a secret. */
const LARGEST_SECRET = 1024;

export const mailConfig: Command = {
  usage: `${Object.keys(PROGRAMS).join('|')}\n         [--client CLIENT_ID] [--secret-file FILE|-] [--url URL] [--folder DIR]`,
  options: {
    client: { type: 'string' },
    'secret-file': { type: 'string' },
    url: { type: 'string' },
    folder: { type: 'string' },
  },
  run: (world, args) => {
    const template = programFrom(onlyPositional(args, 'PROGRAM'));
    return withInstallation(world, args.options, async ({ config, store }) => {
      const id = string(args.options, 'client');
      const client = id === undefined ? undefined : await clientNamed(store, id);
      const about = {
        clientId: client?.id ?? 'CLIENT_ID',
        secret: await secretFrom(world, args.options),
        url: string(args.options, 'url') ?? client?.clientUri ?? '',
      };
      const folder = string(args.options, 'folder');
      return handOver(world, config, { template, about, folder });
    });
  },
};

function programFrom(name: string): TemplateId {
  if (name in PROGRAMS) return PROGRAMS[name as keyof typeof PROGRAMS];
  const names = Object.keys(PROGRAMS);
  throw new UsageError(
    `It must be one of: ${names.join(', ')}. It is "${name}".${didYouMean(name, names)}`,
  );
}

/** It is not kept in clear here: without a file, a word stands for it. */
async function secretFrom({ cwd, stdin }: World, options: Options): Promise<string> {
  const file = string(options, 'secret-file');
  if (file === undefined) return CLIENT_SECRET;
  const text = file === '-' ? await textOf(stdin) : await readFile(resolve(cwd, file), 'utf8');
  const secret = text.trim();
  if (secret === '' || secret.length > LARGEST_SECRET || /\s/u.test(secret))
    throw new UsageError('--secret-file has no secret: one line is expected.');
  return secret;
}

async function textOf(stdin: World['stdin']): Promise<string> {
  let text = '';
  for await (const part of stdin) {
    text += String(part);
    if (text.length > LARGEST_SECRET) break;
  }
  return text;
}
