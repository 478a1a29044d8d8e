/** What an organisation's pages and mails look like, as options of `org set`. */
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readingFailed } from '../../config/source.ts';
import {
  changeBranding,
  type BrandingChange,
} from '../../operations/organisations/change-branding.ts';
import type { Changes } from '../../operations/changes.ts';
import { given } from '../../operations/input.ts';
import type { Performed } from '../../audit/performed.ts';
import { Problem } from '../../problem.ts';
import type { Organisation } from '../../records/organisation.ts';
import { valueOf } from '../../result.ts';
import type { Installation } from '../../server/opened.ts';
import type { World } from '../../server/world.ts';
import { string, type Options } from '../command.ts';
import { UsageError } from '../usage-error.ts';

export const BRANDING_OPTIONS = {
  logo: { type: 'string' },
  colour: { type: 'string' },
  contact: { type: 'string' },
  'sender-name': { type: 'string' },
} as const;
export const BRANDING_USAGE =
  '[--logo FILE|none] [--colour #RRGGBB|none] [--contact TEXT|none] [--sender-name NAME|none]';

/** Bytes that are read of a file: of a longer one its size is all that is said. */
const MOST_READ = 1_048_576;

/** `none`: as the installation has it. */
export async function brandingFrom(
  { cwd }: Pick<World, 'cwd'>,
  options: Options,
): Promise<BrandingChange> {
  const file = string(options, 'logo');
  return given<Required<BrandingChange>>({
    logo: file === undefined || file === 'none' ? orNone(file) : await fileAt(resolve(cwd, file)),
    colour: orNone(string(options, 'colour')),
    contact: orNone(string(options, 'contact')),
    senderName: orNone(string(options, 'sender-name')),
  });
}

function orNone<T extends string>(value: T | undefined): Exclude<T, 'none'> | null | undefined {
  return value === 'none' ? null : (value as Exclude<T, 'none'> | undefined);
}

async function fileAt(path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > MOST_READ)
      throw new Problem('logo-large', { values: { kib: Math.ceil(size / 1024) } });
    return await readFile(path);
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new UsageError(`--logo: the file ${path} cannot be read: ${readingFailed(error)}.`);
  }
}

/** Nothing is written where nothing was given. */
export async function brand(
  { store }: Installation,
  performed: Performed,
  id: string,
  change: BrandingChange,
): Promise<Changes> {
  if (Object.keys(change).length === 0) return {};
  return valueOf(await changeBranding({ store }, performed, id, change)).changed;
}

export function brandingView({ logo, colour, contact, senderName }: Organisation) {
  return {
    logo: logo ? { type: logo.type, width: logo.width, height: logo.height } : null,
    colour: colour ?? null,
    contact: contact ?? null,
    sender_name: senderName ?? null,
  };
}
