/**
 * The catalogue of texts is whole: every language has the same keys with the same arguments, every
 * text that a page or the program names is there with the values it wants, and none is left over. The codes of
 * problems are those that have texts, and that happen.
 */
import type { Failure } from './failure.ts';
import { usesInCode } from './catalogue/code.ts';
import { readLanguage, type Language } from './catalogue/messages.ts';
import { problemCodeFailures } from './catalogue/problem-codes.ts';
import { usesInTemplates } from './catalogue/templates.ts';
import {
  fillings,
  isWord,
  printPattern,
  type Pattern,
  type Use,
  type Words,
} from './catalogue/use.ts';
import { filesIn, readSources } from './source.ts';

const TEXTS = 'views/texts';
/** The first one is what the others are compared with. */
const LANGUAGES = ['en', 'zh-Hant'];
/** Values that the program derives from another one for every text (src/text/catalogue.ts). */
/** Every page gives it with every text (src/web/render.ts). */
const ALWAYS = 'mails';
const DERIVED: Readonly<Record<string, string>> = { seconds: 'minutes' };

/** `root`: the repository's folder. */
export async function checkCatalogue(root: string): Promise<Failure[]> {
  const paths = await filesIn(root, TEXTS, /\.yaml$/u);
  const missing = LANGUAGES.map((tag) => `${TEXTS}/${tag}.yaml`).filter(
    (path) => !paths.includes(path),
  );
  if (missing.length > 0)
    return missing.map((path) => ({ path, message: 'there is no such file' }));
  const languages = await Promise.all(paths.map((path) => readLanguage(root, path)));
  const first = languages.find(({ path }) => path === `${TEXTS}/${LANGUAGES[0]}.yaml`);
  if (!first) return [];

  const templates = await usesInTemplates(root, 'views');
  const files = await readSources(root, ['src', 'interactions']);
  const code = usesInCode(files.values());
  const uses = [...templates.uses, ...code.uses];
  const words = { ...code.words, fixed: new Set([...code.words.fixed, ...templates.words]) };
  return [
    ...languages.flatMap(({ failures }) => failures),
    ...languages.filter((other) => other !== first).flatMap((other) => differences(first, other)),
    ...templates.failures,
    ...uses.flatMap((use) => useFailures(use, first)),
    ...leftOver(first, uses, words),
    ...problemCodeFailures(files, first.messages),
  ];
}

function differences(first: Language, other: Language): Failure[] {
  const failures: Failure[] = [];
  for (const [key, { line, args }] of first.messages) {
    const same = other.messages.get(key);
    if (!same)
      failures.push({ path: other.path, message: `${key} is missing (${first.path}:${line})` });
    else if (names(args) !== names(same.args)) {
      const message = `${key} has the arguments ${names(same.args)}, in ${first.path}:${line} ${names(args)}`;
      failures.push({ path: other.path, line: same.line, message });
    }
  }
  for (const [key, { line }] of other.messages) {
    if (first.messages.has(key)) continue;
    failures.push({ path: other.path, line, message: `${key} is not in ${first.path}` });
  }
  return failures;
}

function names(args: ReadonlySet<string>): string {
  return `{${[...args].toSorted().join(', ')}}`;
}

/** Is there such a text, and are its arguments given? */
function useFailures({ path, line, anyOf, values, asks }: Use, { messages }: Language): Failure[] {
  if (asks) return [];
  const there = (pattern: Pattern): boolean =>
    pattern.length === 1
      ? messages.has(pattern[0] ?? '')
      : [...messages.keys()].some((key) => fillings(pattern, key) !== undefined);
  const found = anyOf.filter((all) => all.every(there));
  if (found.length === 0) {
    const wanted = anyOf.map((all) => all.map(printPattern).join(' and ')).join(', or ');
    return [{ path, line, message: `there is no text ${wanted}` }];
  }
  if (!values) return [];
  const given = new Set([ALWAYS, ...values].flatMap((name) => [name, DERIVED[name] ?? name]));
  return found.flat().flatMap((pattern) => {
    const wanted = messages.get(pattern.length === 1 ? (pattern[0] ?? '') : '')?.args ?? new Set();
    const lacking = wanted.difference(given);
    if (lacking.size === 0) return [];
    return [
      { path, line, message: `the text ${printPattern(pattern)} wants ${names(lacking)} too` },
    ];
  });
}

/** Texts that nothing shows. Those of a key with a hole are in use when the program knows the word. */
function leftOver({ path, messages }: Language, uses: readonly Use[], words: Words): Failure[] {
  const patterns = uses.flatMap(({ anyOf }) => anyOf.flat());
  const used = new Set(patterns.filter(({ length }) => length === 1).map(([key]) => key));
  const open = patterns.filter(({ length }) => length > 1);
  const inUse = (key: string): boolean =>
    used.has(key) ||
    open.some((pattern) => fillings(pattern, key)?.every((word) => isWord(word, words)));
  return [...messages]
    .filter(([key]) => !inUse(key))
    .map(([key, { line }]) => ({ path, line, message: `${key} is never shown` }));
}
