/**
 * One word for a thing, in every text that people read. What is not written in the catalogue, and in which
 * documents not either, with what to write instead. `except`: texts whose words are fixed elsewhere.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readLanguage } from './catalogue/messages.ts';
import type { Failure } from './failure.ts';
import { filesIn } from './source.ts';

interface Word {
  wrong: RegExp;
  instead: string;
  except?: readonly string[];
  /** In documents too. */
  everywhere?: true;
}

const ENROLLED = ['enrolled.title', 'setup-done.title'];

const ENGLISH: readonly Word[] = [
  { wrong: /\be-mails?\b/iu, instead: 'email', everywhere: true },
  { wrong: /\bcodes? by mail\b/iu, instead: 'code by email', everywhere: true },
  { wrong: /\bapplication passcodes?\b/iu, instead: 'application code', everywhere: true },
  { wrong: /\bpasscodes?\b/iu, instead: 'application code, a code for one mail program' },
  { wrong: /\bsecond factors?\b/iu, instead: 'second step' },
  {
    wrong: /\bMFA\b/u,
    instead: 'two-step authentication',
    except: [...ENROLLED, 'set-ups.email-code'],
  },
  { wrong: /\b2FA\b|\btwo-factor\b/iu, instead: 'two-step authentication', everywhere: true },
  { wrong: /\b(?:backup|recovery) codes?\b/iu, instead: 'one-time code' },
  {
    wrong: /\btrusted (?:device|browser)s?\b/iu,
    instead: 'trusted computer',
    except: ['computers.count'],
  },
  { wrong: /\b(?:you trust no|computers? that you trust)\b/iu, instead: 'trusted computer' },
  { wrong: /\bhand(?:ed|s|ing)? over\b/iu, instead: 'sent' },
  { wrong: /\b(?:is|are|been) spent\b/iu, instead: 'can’t be used again' },
  { wrong: /\bgo(?:es)? on (?:to|with)\b/iu, instead: 'continue' },
  { wrong: /\blook into your mail\b/iu, instead: 'check your email' },
  { wrong: /\bmakes? the first administrator\b/iu, instead: 'create' },
  {
    wrong: /\b(?:everything|it) is (?:ended|removed|called)\b/iu,
    instead: 'signed out, removed, renamed',
  },
  { wrong: /\bends by itself\b/iu, instead: 'expires' },
  { wrong: /\bblanks?\b/iu, instead: 'space' },
  { wrong: /\bput it right\b/iu, instead: 'fix this' },
  { wrong: /\bwithdraw(?:s|n)?\b/iu, instead: 'remove access' },
  { wrong: /\bgets? at\b|\bhas got into\b/iu, instead: 'can use, may have access to' },
  { wrong: /\bfrom the future\b/iu, instead: 'your phone’s clock is fast' },
  {
    wrong: /\bthere is no such (?:page|link)\b|\bisn’t known here\b/iu,
    instead: 'not found, isn’t registered here',
  },
  { wrong: /\byou don’t know\b/iu, instead: 'you don’t recognise' },
  { wrong: /\bnobody reads\b/iu, instead: 'please don’t reply' },
  { wrong: /\b(?:was|were|is|has) begun\b/iu, instead: 'started' },
  { wrong: /\blog(?:ged|ging)?[ -]?(?:in|out)\b(?! name)/iu, instead: 'sign in, sign out' },
  {
    wrong: /\b(?:organiz|recogniz|authoriz|customiz)|\bcolors?\b|\bcancell?ed out\b/iu,
    instead: 'the British spelling',
  },
  { wrong: /'/u, instead: '’' },
];

const CHINESE: readonly Word[] = [
  { wrong: /(?<!參考)代碼|備用碼|認證碼|驗證密碼/u, instead: '驗證碼' },
  { wrong: /通行金鑰|密碼金鑰/u, instead: '通行密鑰' },
  { wrong: /帳戶|賬/u, instead: '帳號' },
  { wrong: /第二(?:項|重|個步驟)|要素/u, instead: '第二步驟', except: ENROLLED },
  { wrong: /雙重驗證|雙因素|兩步驗證/u, instead: '兩步驟驗證' },
  { wrong: /洽詢/u, instead: '聯絡' },
  { wrong: /目前登入的帳號/u, instead: '正在登入' },
  { wrong: /信任的裝置|受信任電腦/u, instead: '信任的電腦' },
  { wrong: /[码证设录帐号电邮这]/u, instead: '正體字' },
];

const OF_LANGUAGE: Readonly<Record<string, readonly Word[]>> = {
  'views/texts/en.yaml': ENGLISH,
  'views/texts/zh-Hant.yaml': CHINESE,
};

/** `root`: the repository's folder. */
export async function checkWords(root: string): Promise<Failure[]> {
  const texts = Object.entries(OF_LANGUAGE).map(([path, words]) => inCatalogue(root, path, words));
  const documents = [...(await filesIn(root, 'docs', /\.md$/u)), 'README.md'];
  const everywhere = ENGLISH.filter((word) => word.everywhere);
  const found = documents.map((path) => inDocument(root, path, everywhere));
  return (await Promise.all([...texts, ...found])).flat();
}

async function inCatalogue(root: string, path: string, words: readonly Word[]): Promise<Failure[]> {
  const { messages } = await readLanguage(root, path);
  return [...messages].flatMap(([key, { line, text }]) =>
    words
      .filter(({ except = [] }) => !except.includes(key))
      .flatMap((word) => failure(path, line, withoutArguments(text), word, `${key}: `)),
  );
}

/** Names of arguments and of their cases are nobody's words. */
function withoutArguments(text: string): string {
  return text.replaceAll(/\{\w+(?:, \w+,?)?|\b\w+ (?=\{)/gu, '{');
}

async function inDocument(root: string, path: string, words: readonly Word[]): Promise<Failure[]> {
  const lines = (await readFile(join(root, path), 'utf8')).split('\n');
  return lines.flatMap((text, at) => words.flatMap((word) => failure(path, at + 1, text, word)));
}

function failure(
  path: string,
  line: number,
  text: string,
  { wrong, instead }: Word,
  where = '',
): Failure[] {
  const [found] = wrong.exec(text) ?? [];
  return found === undefined ? [] : [{ path, line, message: `${where}“${found}”: ${instead}` }];
}
