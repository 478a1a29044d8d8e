/** Somebody in front of the account pages, in a real browser. */
import type { Browser, Page } from 'playwright-core';
import { memberOf } from './account.ts';
import { newPerson, type Person, type PersonOptions } from './browser.ts';
import { codeOf, PASSWORD, type TestPerson, type TestServer } from './server.ts';

/** How each story is told: at a desk, and on a phone in the dark without JavaScript. */
export const SEATS: readonly [string, PersonOptions][] = [
  ['at a desk', {}],
  [
    'on a phone in the dark, without JavaScript',
    { javaScriptEnabled: false, colorScheme: 'dark', viewport: { width: 390, height: 844 } },
  ],
];

export class AccountSeat {
  readonly server: TestServer;
  readonly person: Person;

  private constructor(server: TestServer, person: Person) {
    this.server = server;
    this.person = person;
  }

  static async take(
    browser: Browser,
    server: TestServer,
    options: PersonOptions,
  ): Promise<AccountSeat> {
    return new AccountSeat(server, await newPerson(browser, options));
  }

  get page(): Page {
    return this.person.page;
  }

  async open(path: string): Promise<void> {
    await this.page.goto(`${this.server.issuer}${path}`);
  }

  press(name: string): Promise<void> {
    return this.page.getByRole('button', { name, exact: true }).click();
  }

  follow(name: string): Promise<void> {
    return this.page.getByRole('link', { name, exact: true }).first().click();
  }

  /** On a phone the sections and "Sign out" are behind a button, which the browser itself opens them with. */
  async openMenu(): Promise<void> {
    const menu = this.page.getByRole('button', { name: 'Menu', exact: true });
    if (await menu.isVisible()) await menu.click();
  }

  async goTo(section: string): Promise<void> {
    await this.openMenu();
    await this.follow(section);
  }

  heading(name: string): Promise<void> {
    return this.page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
  }

  sees(text: string): Promise<void> {
    return this.page.getByText(text).first().waitFor();
  }

  async givePassword({ login }: Pick<TestPerson, 'login'>, password = PASSWORD): Promise<void> {
    await this.page.getByLabel('Login name').fill(login);
    await this.page.getByLabel('Password', { exact: true }).fill(password);
    await this.page.keyboard.press('Enter');
  }

  async giveCode(code: string): Promise<void> {
    await this.page.getByLabel('Six-digit code').fill(code);
    await this.page.keyboard.press('Enter');
  }

  /** The next code of an authenticator, as the one before is spent. `secret`: base32, or whose it is. */
  nextCode(secret: string | TestPerson): string {
    this.server.clock.ahead += 30_000;
    return typeof secret === 'string' ? codeOf(secret, this.server.now()) : secret.code();
  }

  /** Signs in with the authenticator, from the page that asks for the password. */
  async signIn(person: TestPerson, secret: string | TestPerson = person): Promise<void> {
    await this.givePassword(person);
    await this.giveCode(this.nextCode(secret));
  }

  /** Opens a page as somebody who has signed in before, over HTTP: for stories that are about what comes then. */
  async enter(person: TestPerson, path: string): Promise<void> {
    const { browser, open } = memberOf(this.server, person);
    await open(path);
    const domain = new URL(this.server.issuer).hostname;
    const own = { domain, httpOnly: true, sameSite: 'Lax' } as const;
    const cookies = [...browser.jar.values()].map((cookie) => ({ ...cookie, ...own }));
    await this.person.context.addCookies(cookies);
    await this.open(path);
  }

  /** From the first page of the wizard to the account page; answers the new secret. `done`: its last heading. */
  async throughWizard(person: TestPerson, done = 'You have enrolled in MFA'): Promise<string> {
    await this.press('Begin setup');
    await this.press('Next');
    const secret = (await this.page.locator('#secret').innerText()).replaceAll(/\s/gu, '');
    await this.press('Next');
    await this.giveCode(this.nextCode(secret));
    await this.heading(done);
    // Codes are made with the first factor alone.
    const saved = this.page.getByLabel('I have saved them');
    if ((await saved.count()) > 0) await saved.check();
    await this.press('Finish');
    await this.signIn(person, secret);
    return secret;
  }

  close(): Promise<void> {
    return this.person.close();
  }
}
