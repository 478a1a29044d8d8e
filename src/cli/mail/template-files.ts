/** What the other side is configured with, printed or written into a folder. */
import { mkdir, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Config } from '../../config/schema.ts';
import { templateValues, type TemplateFile } from '../../templates/template.ts';
import { TEMPLATES, type TemplateId } from '../../templates/templates.ts';
import type { World } from '../../server/world.ts';

export interface HandedOver {
  text: string;
  json: { files: TemplateFile[]; to_do: string[] };
}

export interface Wanted {
  template: TemplateId;
  about: { clientId: string; secret: string | null; url: string };
  /** They are written there, and name one another as they lie there; undefined: they are printed. */
  folder?: string | undefined;
}

/** A file that is there already is left as it is, and printed: nothing that was made here is lost. */
export async function handOver(
  { cwd }: Pick<World, 'cwd'>,
  config: Pick<Config, 'issuer' | 'mailbox' | 'branding'>,
  { template, about, folder }: Wanted,
): Promise<HandedOver> {
  const into = folder === undefined ? undefined : resolve(cwd, folder);
  const values = templateValues(config, { ...about, folder: into });
  const files = TEMPLATES[template].files(values);
  const todo = TEMPLATES[template].todo(values);
  const shown = into === undefined ? files.map(printed) : await write(into, files);
  const next = todo.map((sentence) => `- ${sentence}`);
  return { text: [...shown, 'Then:', ...next].join('\n'), json: { files, to_do: todo } };
}

function printed({ where, text, secret }: TemplateFile): string {
  return `\n==> ${where}${secret ? '   (readable by its program alone)' : ''}\n${text}`;
}

async function write(folder: string, files: readonly TemplateFile[]): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  return Promise.all(files.map(writeOne));
}

async function writeOne(file: TemplateFile): Promise<string> {
  const { where, text, secret } = file;
  try {
    await writeFile(where, text, { mode: secret ? 0o600 : 0o644, flag: 'wx' });
    return `Wrote ${where}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return `${where} is there already, and was left as it is. It would be:${printed(file)}`;
  }
}
