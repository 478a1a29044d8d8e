/** The folder of templates and texts as a program reads it in no time: texts as JSON, templates compiled. */
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { transform } from 'esbuild';
import nunjucks from 'nunjucks';
import { readTexts } from '../src/text/catalogue.ts';
import { LANGUAGES } from '../src/text/languages.ts';
import { COMPILED_TEMPLATES, readSources, TEMPLATE_SYNTAX } from '../src/text/templates.ts';

/** Nobody reads it, and a server holds its text: in two bytes a character, unless all of them are ASCII. */
const SMALL = { charset: 'ascii', minify: true, platform: 'node', target: 'node24' } as const;

/** `from`: the folder as it is written; `to`: a folder that is made. */
export async function buildViews(from: string, to: string): Promise<void> {
  await mkdir(join(to, 'texts'), { recursive: true });
  await cp(join(from, 'assets'), join(to, 'assets'), { recursive: true });
  for (const language of LANGUAGES) {
    const texts = readTexts(join(from, 'texts'), language)();
    const json = JSON.stringify(Object.fromEntries(texts));
    await writeFile(join(to, 'texts', `${language}.json`), json);
  }
  const templates = [...readSources(from)].map(([name, source]) => compiled(name, source));
  const { code } = await transform(`module.exports = {\n${templates.join('')}};\n`, SMALL);
  await writeFile(join(to, COMPILED_TEMPLATES), code);
}

/** One member of the module. Whether a template escapes is told to what renders it. */
function compiled(name: string, source: string): string {
  const env = new nunjucks.Environment(null, TEMPLATE_SYNTAX);
  const wrapper = ([{ template }]: [{ template: string }]) =>
    `${JSON.stringify(name)}: (() => {\n${template}\n})(),\n`;
  return nunjucks.precompileString(source, { name, env, wrapper } as never);
}
