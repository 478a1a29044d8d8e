/** The frame of every page in the demo, and safe HTML. */

/** HTML that may go into a page as it is. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Value = Html | string | number | undefined | readonly Value[];

/** Builds HTML; every value is escaped unless it is `Html` itself. `undefined` is nothing. */
export function html(parts: TemplateStringsArray, ...values: Value[]): Html {
  return new Html(parts.map((part, index) => part + render(values[index])).join(''));
}

function render(value: Value): string {
  if (value === undefined) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(render).join('');
  return String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

export interface PageParts {
  title: string;
  /** The site's name, and the file of its icon in demo/assets. */
  site: { name: string; icon: string };
  /** At the right end of the bar: who is signed in, buttons. */
  bar?: Html;
  main: Html;
  /** A file in demo/assets. */
  script?: string;
  /** `narrow` for a page with a single card, `medium` for a column of text. */
  width?: 'narrow' | 'medium' | 'wide';
}

export function page({ title, site, bar, main, script, width = 'wide' }: PageParts): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · ${site.name}</title>
        <link rel="icon" type="image/svg+xml" href="/assets/${site.icon}" />
        <link rel="stylesheet" href="/assets/demo.css" />
        ${script === undefined ? undefined : html`<script type="module" src="/assets/${script}"></script>`}
      </head>
      <body class="${width}">
        <header class="bar">
          <a class="brand" href="/">
            <img src="/assets/${site.icon}" alt="" width="28" height="28" />
            <span>${site.name}</span>
          </a>
          ${bar}
        </header>
        <main>${main}</main>
        <footer>Part of the Latchkey demo. Everything here stays on this computer.</footer>
      </body>
    </html> `.text;
}

/** A moment as a person reads it, in the machine's time zone; exact for programs. */
export function time(ms: number): Html {
  const date = new Date(ms);
  const text = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
  return html`<time datetime="${date.toISOString()}">${text.format(date)}</time>`;
}
