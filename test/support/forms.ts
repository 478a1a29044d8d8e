/** What a form says is wrong with it. */
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
