/** What stands on a page, by where it stands: its hidden fields hold random letters that can look like anything. */
import type { HtmlPage } from './http-browser.ts';

/** The names of the fields that are wrong, in the order of the form. */
export function wrongOn({ html }: Pick<HtmlPage, 'html'>): string[] {
  return [...html.matchAll(/id="(\w+)-error"/gu)].map(([, name = '']) => name);
}

/** The fields that have the focus when the page is shown: more than one would be a fault. */
export function focusOn({ html }: Pick<HtmlPage, 'html'>): string[] {
  return [...html.matchAll(/<\w+ [^>]*\bautofocus\b[^>]*>/gu)].map(
    ([tag]) => / id="([\w-]+)"/u.exec(tag)?.[1] ?? tag,
  );
}

/** The one-time codes that are shown, as `XXXXX-XXXXX`. */
export function oneTimeCodesOn({ html }: Pick<HtmlPage, 'html'>): string[] {
  return [...html.matchAll(/<code>([A-Z2-7]{5}-[A-Z2-7]{5})<\/code>/gu)].map(
    ([, code = '']) => code,
  );
}

/** The one-time codes of a file to keep: each is a line. */
export function oneTimeCodesIn({ html: text }: Pick<HtmlPage, 'html'>): string[] {
  return text.match(/^[A-Z2-7]{5}-[A-Z2-7]{5}$/gmu) ?? [];
}
