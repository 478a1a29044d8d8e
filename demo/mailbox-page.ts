import type { LiveCode } from './live-codes.ts';
import type { ReceivedMail } from './received-mail.ts';
import { html, page, time, type Html } from './pages.ts';

const site = { name: 'Mailbox', icon: 'mailbox.svg' };

const STEP_S = 30;

/** What authenticator apps show, and every mail with its whole text, in the orders given. `now`: milliseconds. */
export function mailboxPage(
  mails: readonly ReceivedMail[],
  codes: readonly LiveCode[],
  now: number,
): string {
  const bar = html`<div class="who"><a class="button" href="/">Refresh</a></div>`;
  const main = html`<h1>Codes and mail of the demo</h1>
    <p class="lead">
      Nothing leaves this computer: whomever a mail is for, it ends here.
      <a href="/messages">The same as JSON</a>
    </p>
    ${codesSection(codes, now)}
    <div id="mails" data-live>${mails.length === 0 ? empty() : mails.map(card)}</div>`;
  return page({ title: 'Codes and mail', site, bar, main, width: 'medium', script: 'mailbox.js' });
}

/** The parts that are marked are kept current by mailbox.js; without JavaScript there is the button. */
function codesSection(codes: readonly LiveCode[], now: number): Html {
  const left = STEP_S - (Math.floor(now / 1000) % STEP_S);
  return html`<section class="card codes" aria-labelledby="codes-title">
    <header>
      <h2 id="codes-title">Codes in authenticator apps</h2>
      <p id="codes-left" data-live>Next codes in ${left} s</p>
    </header>
    <div id="codes" data-live>
      ${
        codes.length === 0
          ? noCodes()
          : html`<ul>
              ${codes.map(codeRow)}
            </ul>`
      }
    </div>
  </section>`;
}

function noCodes(): Html {
  return html`<p>Nobody has set one up yet.</p>`;
}

function codeRow({ name, login, code, pending }: LiveCode): Html {
  const half = code.length / 2;
  return html`<li data-login="${login}">
    <span class="person">${name}<small>${pending ? 'being set up' : login}</small></span>
    <code>${code.slice(0, half)}<span>${code.slice(half)}</span></code>
  </li> `;
}

function empty(): Html {
  return html`<section class="card welcome">
    <img src="/assets/${site.icon}" alt="" width="56" height="56" />
    <h2>No mail yet</h2>
    <p>A code, a notice or a link that the demo sends shows up here.</p>
  </section>`;
}

function card(mail: ReceivedMail): Html {
  return html`<article class="card mail">
    <header>
      <h2>${mail.subject || '(no subject)'}</h2>
      ${time(Date.parse(mail.at))}
    </header>
    <dl>
      <div>
        <dt>To</dt>
        <dd>${mail.to}</dd>
      </div>
      <div>
        <dt>From</dt>
        <dd>${mail.from}</dd>
      </div>
    </dl>
    <p class="text">${mail.text.trim()}</p>
  </article> `;
}
