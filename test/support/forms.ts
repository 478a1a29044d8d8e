/** What stands on a page, by where it stands: its hidden fields hold random letters that can look like anything. */
import { unescapeHtml, type HtmlPage } from './http-browser.ts';

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

/** What the page's form has in its boxes, as a browser would send it. */
export function filledIn({ html }: Pick<HtmlPage, 'html'>): Record<string, string> {
  const main = html.slice(Math.max(0, html.indexOf('<main')));
  const form = /<form[^>]*method="post"[^>]*>[\s\S]*?<\/form>/u.exec(main)?.[0] ?? '';
  const fields: Record<string, string> = {};
  const attribute = (tag: string, name: string): string | undefined => {
    const found = new RegExp(`\\s${name}="([^"]*)"`, 'u').exec(tag)?.[1];
    return found === undefined ? undefined : unescapeHtml(found);
  };
  for (const [tag] of form.matchAll(/<input\b[^>]*>/gu)) {
    const name = attribute(tag, 'name');
    const isTick = /type="(?:checkbox|radio)"/u.test(tag);
    if (name === undefined || name === 'csrf' || /type="file"/u.test(tag)) continue;
    if (!isTick || /\schecked/u.test(tag)) fields[name] = attribute(tag, 'value') ?? '';
  }
  for (const [, name = '', inside = ''] of form.matchAll(
    /<select\b[^>]*\sname="([^"]*)"[^>]*>([\s\S]*?)<\/select>/gu,
  )) {
    const options = [...inside.matchAll(/<option\b[^>]*>/gu)].map(([tag]) => tag);
    const chosen = options.find((tag) => /\sselected/u.test(tag)) ?? options[0] ?? '';
    fields[name] = attribute(chosen, 'value') ?? '';
  }
  for (const [, name = '', inside = ''] of form.matchAll(
    /<textarea\b[^>]*\sname="([^"]*)"[^>]*>([\s\S]*?)<\/textarea>/gu,
  ))
    fields[name] = unescapeHtml(inside.replace(/^\n/u, ''));
  return fields;
}
