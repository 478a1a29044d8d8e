import { html, page, type Html } from './pages.ts';
import { claimsTable, levelOf } from './webmail-claims.ts';
import type { SignInProblem } from './webmail-problems.ts';
import type { WebmailSession } from './webmail-sessions.ts';

const site = { name: 'Sample webmail', icon: 'webmail.svg' };

const messages = [
  {
    from: 'Mina Okafor',
    at: '09:41',
    subject: 'Offsite: where shall we eat?',
    preview: 'Three places have a table for twelve. Vote before noon, please.',
    unread: true,
  },
  {
    from: 'Facilities',
    at: '08:15',
    subject: 'Lift out of order on Thursday',
    preview: 'The engineers come at ten. The stairs on the north side stay open.',
    unread: true,
  },
  {
    from: 'Jonas Weber',
    at: 'Yesterday',
    subject: 'Re: Draft of the spring catalogue',
    preview: 'Page six reads much better now. I would still swap the two photos.',
  },
  {
    from: 'Payroll',
    at: 'Tuesday',
    subject: 'Your payslip is ready',
    preview: 'You find it in the staff portal, under Documents.',
  },
  {
    from: 'Lin Yu-Ting',
    at: 'Monday',
    subject: 'Photos from the launch',
    preview: 'I have picked the best thirty. Take whatever you like.',
  },
];

export function signedOutPage({ issuer, ended }: { issuer: string; ended: boolean }): string {
  const notice = html`<p class="notice" role="status">Your session has ended. Sign in again.</p>`;
  const main = html`${ended ? notice : undefined}
    <section class="card welcome">
      <img src="/assets/${site.icon}" alt="" width="56" height="56" />
      <h1>Sample webmail</h1>
      <p>Your mail is behind your organisation’s sign-in page.</p>
      <form action="/sign-in" method="get"><button class="primary">Sign in</button></form>
    </section>
    <section class="aside">
      <h2>For developers</h2>
      <p>
        This is a relying app like yours. It sends people to <code>${issuer}</code> and verifies the
        ID token that comes back.
      </p>
      <p>
        <a href="/sign-in?fresh=1">Ask for a fresh second factor</a>: the same with
        <code>acr_values=urn:latchkey:acr:mfa</code> and <code>max_age=0</code>.
      </p>
    </section>`;
  return page({ title: 'Signed out', site, main, width: 'narrow' });
}

export function inboxPage(session: WebmailSession): string {
  const bar = html`<div class="who">
    <span class="name">${session.name}</span>
    <form action="/sign-out" method="post"><button>Sign out</button></form>
  </div>`;
  const main = html`<div class="columns">
    <section aria-labelledby="inbox">
      <h1 id="inbox">Inbox</h1>
      <p class="lead">${session.email ?? session.name}</p>
      <ul class="messages card">
        ${messages.map(messageRow)}
      </ul>
    </section>
    ${tokenSection(session)}
  </div>`;
  return page({ title: 'Inbox', site, bar, main });
}

function messageRow(message: (typeof messages)[number]): Html {
  return html`<li class="${message.unread ? 'unread' : ''}">
    <span class="from">${message.from}</span>
    <span class="at">${message.at}</span>
    <span class="subject">${message.subject}</span>
    <span class="preview">${message.preview}</span>
  </li> `;
}

function tokenSection({ claims }: WebmailSession): Html {
  return html`<section aria-labelledby="token">
    <h2 id="token">Your ID token</h2>
    <p class="lead">Verified by this app. <span class="level">${levelOf(claims['acr'])}</span></p>
    <div class="card">${claimsTable(claims)}</div>
    <p class="below"><a href="/sign-in?fresh=1">Ask for a fresh second factor</a></p>
  </section>`;
}

const advice: Record<string, string> = {
  access_denied: 'The sign-in was cancelled, or your organisation does not let you use this app.',
  login_required: 'The sign-in page has to ask you again.',
  unmet_authentication_requirements:
    'This app asks for a stronger proof than your account can give. Set up a second factor, or ask your administrator.',
  acr_not_met: 'Sign in again and use your second factor.',
  unknown_sign_in: 'Nothing is lost: start again from here.',
  issuer_unreachable: 'Start the sign-in service, or wait until it is up again.',
  invalid_client: 'This app’s client id or secret is not the one that the provider knows.',
  invalid_grant: 'The sign-in took too long or its answer was used already.',
};

export function problemPage(problem: SignInProblem): string {
  const unreachable = problem.code === 'issuer_unreachable';
  const title = unreachable ? 'The sign-in service is not answering' : 'Sign-in did not finish';
  const main = html`<section class="card problem">
    <h1>${title}</h1>
    <p>${advice[problem.code] ?? 'The provider and this app did not come to an agreement.'}</p>
    <dl class="claims">
      <div>
        <dt>Error</dt>
        <dd data-error>${problem.code}</dd>
      </div>
      <div>
        <dt>Description</dt>
        <dd data-description>${problem.description || 'none given'}</dd>
      </div>
    </dl>
    <p class="actions">
      <a class="primary" href="/sign-in${problem.fresh ? '?fresh=1' : ''}">Try again</a>
      <a href="/">Back to the start page</a>
    </p>
  </section>`;
  return page({ title, site, main, width: 'narrow' });
}

export function lostPage(): string {
  const main = html`<section class="card problem">
    <h1>There is no such page</h1>
    <p class="actions"><a class="primary" href="/">To your mail</a></p>
  </section>`;
  return page({ title: 'Not found', site, main, width: 'narrow' });
}
