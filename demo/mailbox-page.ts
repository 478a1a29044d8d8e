import type { ReceivedMail } from './received-mail.ts';
import { html, page, time, type Html } from './pages.ts';

const site = { name: 'Mailbox', icon: 'mailbox.svg' };

/** Every mail with its whole text, in the order given. */
export function mailboxPage(mails: readonly ReceivedMail[]): string {
  const bar = html`<div class="who"><a class="button" href="/">Refresh</a></div>`;
  const main = html`<h1>Mail sent by the demo</h1>
    <p class="lead">
      Nothing leaves this computer: whomever a mail is for, it ends here.
      <a href="/messages">The same as JSON</a>
    </p>
    ${mails.length === 0 ? empty() : mails.map(card)}`;
  return page({ title: 'All mail', site, bar, main, width: 'medium' });
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
