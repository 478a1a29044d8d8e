/** The story of the pretend factor, told by a program with it added: prints what it saw as JSON. */
import { changePerson, type Person } from '../../src/records/person.ts';
import { runLatchkey } from './command-line.ts';
import { noticeOn } from './factors.ts';
import { createHttpBrowser, type HtmlPage } from './http-browser.ts';
import { authorize, exchange, verifyIdToken } from './relying-party.ts';
import { PASSWORD, startTestServer } from './server.ts';

const SECRET = 'knock knock';
const server = await startTestServer();
const client = await server.addClient();
const { person, login } = await server.addPerson();
const browser = createHttpBrowser(server.issuer);
const asked = authorize(client);

const stepOf = ({ url }: HtmlPage): string => url.pathname.split('/').slice(3).join('/');
const set = (page: HtmlPage, step: string): Promise<HtmlPage> =>
  browser.open(new URL(step, page.url));
const withPassword = (page: HtmlPage): Promise<HtmlPage> =>
  browser.submit(page, { login, password: PASSWORD });
const show = async (): Promise<unknown> => {
  const options = { cwd: server.folder, env: server.env };
  const { json, stderr } = await runLatchkey(['user', 'show', login, '--json'], options);
  return stderr || [json['factors'], json['knocks']];
};

// Set up inside the sign-in, beside the set-ups that there are.
const begin = await withPassword(await browser.open(asked.url));
const enrolled = await browser.submit(await set(begin, 'knock-enrol'), { code: SECRET });
const again = await browser.submit(enrolled, { go: 'finish' });
// Signed in with, after a wrong one.
const due = await withPassword(again);
const wrong = await browser.submit(due, { code: 'knock who is there' });
const callback = await browser.submit(wrong, { code: SECRET });
const { body } = await exchange(client, asked, callback.url);
const { amr, acr } = await verifyIdToken(client, body['id_token'] ?? '', asked.nonce);
// On the account page, among others, and taken away there.
await changePerson(server.store, person.id, (found) => {
  const { knocks = [] } = found as Person & { knocks?: { name: string }[] };
  const second = { ...knocks[0], id: 'second', name: 'Window' };
  const set: Partial<Person> = Object.assign({}, found, { knocks: [...knocks, second] });
  return { set, result: undefined };
});
const listed = await browser.open(`${server.issuer}/account/two-step`);
const shown = await show();
const question = await browser.open(`${server.issuer}/account/two-step/knocks/first/remove`);
const removed = await browser.submit(question, {});

const namesOn = ({ html }: HtmlPage): string[] =>
  ['Door', 'Window'].filter((name) => html.includes(`>${name}<`));
process.stdout.write(
  JSON.stringify({
    steps: [stepOf(enrolled), stepOf(due), stepOf(wrong)],
    wrong: [wrong.status, noticeOn(wrong)],
    amr,
    acr,
    listed: namesOn(listed),
    shown,
    removed: [removed.status, removed.url.pathname, namesOn(removed)],
    left: await show(),
  }),
);
await server.stop();
