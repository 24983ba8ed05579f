import { eventually } from '@guichet/testing';
import { launchChromium } from '@guichet/testing/chromium';
import { type RunningBank, startBank } from '@guichet/tools';
import test from 'ava';
import type { Browser, Page } from 'playwright-core';
import { signIn, type Visitor, visit } from './browser.ts';
import { Person } from './person.ts';
import { addAuthenticator, type VirtualAuthenticator } from './virtual-authenticator.ts';

// Passkeys in Chromium, with its virtual authenticator, at the real services.
let bank: RunningBank;
let browser: Browser;
let visitor: Visitor;
let page: Page;
let authenticator: VirtualAuthenticator;
let recoveryCode = '';

test.before(async () => {
  bank = await startBank();
  browser = await launchChromium();
  visitor = await visit(browser, bank.url);
  page = visitor.page;
  authenticator = await addAuthenticator(page);
  // The virtual authenticator picks what the autofill offers at once, so it is only offered where a test is about it.
  await page.addInitScript(
    `if (!location.search.includes('setup')) PublicKeyCredential.isConditionalMediationAvailable = async () => false;`,
  );
});
test.after.always(async () => {
  await browser?.close();
  await bank?.stop();
});

const alert = () => page.locator('[data-passkey-error]:not(:empty)');
const text = () => page.locator('main').innerText();
const add = async (): Promise<void> => {
  await page.goto('/security/passkeys/new');
  await page.fill('[name=password]', bank.logins.superuser.password);
  await page.click('button[data-passkey]');
};
/** The first step of a sign-in with the password. */
const sendPassword = async (): Promise<void> => {
  const { username, password } = bank.logins.superuser;
  await page.goto('/login');
  await page.fill('[name=username]', username);
  await page.fill('[name=password]', password);
  await page.locator('main button[type=submit]').first().click();
};
const signOut = async (): Promise<void> => {
  await page.goto('/security');
  await page.getByRole('button', { name: 'Sign out', exact: true }).first().click();
  await page.waitForURL(bank.url + '/');
};

test.serial(
  'a passkey is added with the password, and the first one comes with recovery codes',
  async (t) => {
    await signIn(visitor, bank.logins.superuser);
    await page.goto('/security/passkeys/new');
    t.regex(await page.inputValue('[name=name]'), /^Chrome, /);
    await page.fill('[name=password]', 'not the password');
    await page.click('button[data-passkey]');
    await alert().waitFor();
    t.regex(await alert().innerText(), /password/i);
    t.is(await authenticator.count(), 0);
    await page.fill('[name=name]', 'My laptop');
    await page.fill('[name=password]', bank.logins.superuser.password);
    await page.click('button[data-passkey]');
    await page.waitForURL('**/security/recovery-codes?*');
    recoveryCode = await page.locator('ol li').first().innerText();
    await page.goto('/security');
    t.regex(await text(), /My laptop\s+added .* · never used/);
    t.is(await authenticator.count(), 1);
  },
);

test.serial('a device has one passkey for a user', async (t) => {
  await add();
  await alert().waitFor();
  t.regex(await alert().innerText(), /already has a passkey/);
  t.is(await authenticator.count(), 1);
});

test.serial('the passkey alone signs in, and the list tells when it was used', async (t) => {
  await signOut();
  await page.goto('/login');
  await page.click('button[data-passkey]');
  await page.waitForURL('**/agents');
  await page.goto('/security');
  t.regex(await text(), /My laptop\s+added .* · last used/);
});

test.serial('the browser offers the passkey in the autofill of the username', async (t) => {
  await signOut();
  await page.goto('/login?next=/setup');
  await page.waitForURL(({ pathname }) => pathname === '/setup');
  t.true(await page.getByRole('button', { name: 'Sign out', exact: true }).first().isVisible());
});

test.serial('with the right password, the passkey is the second factor', async (t) => {
  await signOut();
  await sendPassword();
  await page.waitForURL('**/login/code?*');
  t.is(await page.locator('[name=totp]').count(), 0, 'the user has no authenticator app');
  await page.click('button[data-passkey]');
  await page.waitForURL('**/agents');
});

test.serial('without the device, a recovery code is the second factor', async (t) => {
  await signOut();
  await sendPassword();
  await page.getByRole('link', { name: 'Use a recovery code' }).click();
  await page.fill('[name=totp]', recoveryCode);
  await page.locator('main button[type=submit]').first().click();
  await page.waitForURL('**/agents');
  await page.goto('/security');
  t.regex(await text(), /\b9 left\b/);
});

test.serial('a ceremony that the user cancels says so, and can be repeated', async (t) => {
  await signOut();
  await page.goto('/login');
  await page.evaluate(
    `navigator.credentials.get = () => Promise.reject(new DOMException('cancelled', 'NotAllowedError'))`,
  );
  await page.click('button[data-passkey]');
  await alert().waitFor();
  t.regex(await alert().innerText(), /The passkey wasn’t used/);
  t.true(await page.locator('button[data-passkey]').isEnabled());
  await page.goto('/login');
  await page.click('button[data-passkey]');
  await page.waitForURL('**/agents');
});

test.serial('a device that doesn’t recognize its user signs no one in', async (t) => {
  await signOut();
  await page.goto('/login');
  await authenticator.verifies(false);
  await page.click('button[data-passkey]');
  await alert().waitFor();
  t.is(new URL(page.url()).pathname, '/login');
  await authenticator.verifies(true);
});

test.serial('a device that can’t verify its user can’t be added', async (t) => {
  const other = await visit(browser, bank.url);
  await addAuthenticator(other.page, { hasUserVerification: false });
  await page.goto('/login');
  await page.click('button[data-passkey]');
  await page.waitForURL('**/agents');
  await other.page.context().addCookies(await page.context().cookies());
  await other.page.goto('/security/passkeys/new');
  await other.page.fill('[name=password]', bank.logins.superuser.password);
  await other.page.click('button[data-passkey]');
  const said = other.page.locator('[data-passkey-error]:not(:empty)');
  await said.waitFor();
  t.regex(await said.innerText(), /can’t use passkeys|wasn’t used/);
  await other.page.goto('/security');
  t.is(await other.page.locator('a[href$="/remove"]').count(), 1);
});

test.serial('after it was removed with the password, the passkey signs no one in', async (t) => {
  // Chromium's own would delete it from the device, which the last part of this test asks for a signature.
  await page.addInitScript(`PublicKeyCredential.signalUnknownCredential = async (unknown) => {
    sessionStorage.setItem('signalled', JSON.stringify(unknown));
  }`);
  const signalled = () => page.evaluate(`JSON.parse(sessionStorage.getItem('signalled'))`);
  await page.goto('/security');
  const credentialId = await page.locator('[data-credential]').getAttribute('data-credential');
  await page.locator('a[href$="/remove"]').click();
  await page.fill('[name=password]', 'not the password');
  await page.locator('main button[type=submit]').click();
  await page.locator('#f-password-error').waitFor();
  await page.goto('/security');
  t.is(await signalled(), null, 'nothing was removed');
  await page.locator('a[href$="/remove"]').click();
  await page.fill('[name=password]', bank.logins.superuser.password);
  await page.locator('main button[type=submit]').click();
  await page.waitForURL(`${bank.url}/security`);
  t.regex(await text(), /Passkey removed/);
  t.deepEqual(await signalled(), { rpId: new URL(bank.url).hostname, credentialId });
  t.notRegex(await text(), /My laptop/);
  await signOut();
  await page.goto('/login');
  await page.click('button[data-passkey]');
  await page.locator('#error-summary').waitFor();
  t.regex(await text(), /This passkey couldn’t be verified/);
  t.deepEqual(visitor.consoleErrors, []);
});

// A member without an authenticator app, whose payments above the limit of 1,000.00 only the passkey can confirm.
const PASSWORD = 'Ten purple umbrellas';
let agent: Person;
let alice: Person;
let member: Visitor;
let membersDevice: VirtualAuthenticator;
let account: { id: string; iban: string };
const confirm = () => member.page.locator('#f-passkey');
const requested = async (): Promise<{ type: string; amount: number }[]> =>
  (await alice.get('/api/operations?status=pending')).body.items;
const send = () => member.page.locator('main form button.button-primary[type=submit]').first().click();
/** Asks for a withdrawal that needs the passkey. */
async function withdraw(amount: string): Promise<void> {
  await member.page.goto('/withdrawals/new');
  await member.page.selectOption('[name=account_id]', account.id);
  await member.page.fill('[name=amount]', amount);
  await send();
  await confirm().waitFor();
}

test.serial('a member with an account adds a passkey', async (t) => {
  const root = new Person(bank.url, bank.logins.superuser.username, bank.logins.superuser.password);
  agent = new Person(bank.url, 'claire', PASSWORD);
  alice = new Person(bank.url, 'alice', PASSWORD);
  await root.logIn();
  const claire = { username: 'claire', password: PASSWORD, email: 'claire@guichet.example' };
  t.is((await root.post('/api/auth/agents', claire)).status, 201);
  await agent.logIn();
  const name = { first_name: 'Alice', last_name: 'Martin' };
  const registration = { username: 'alice', password: PASSWORD, email: 'alice@example.org', ...name };
  const { id } = (await alice.post('/api/auth/register', registration)).body;
  t.is((await agent.post(`/api/auth/users/${id}/activate`, { name })).status, 200);
  await alice.logIn();
  const approve = (operation: string) => agent.post(`/api/operations/${operation}/approve`);
  const opening = await eventually(async () => {
    const reply = await alice.post('/api/accounts', { name: 'Everyday', type: 'current' });
    return reply.status === 201 ? reply.body : null;
  });
  t.is((await approve(opening.id)).status, 200);
  account = (await alice.get(`/api/accounts/${opening.account_id}`)).body;
  const deposit = { type: 'deposit', account_id: account.id, amount: 800_000 };
  t.is((await approve((await alice.post('/api/operations', deposit)).body.id)).status, 200);

  member = await visit(browser, bank.url);
  membersDevice = await addAuthenticator(member.page);
  await member.page.addInitScript('PublicKeyCredential.isConditionalMediationAvailable = async () => false;');
  await signIn(member, alice);
  await member.page.goto('/security/passkeys/new');
  await member.page.fill('[name=password]', PASSWORD);
  await member.page.click('button[data-passkey]');
  await member.page.waitForURL('**/security/recovery-codes?*');
  t.is(await membersDevice.count(), 1);
});

test.serial('the passkey confirms a transfer above the limit, and an agent posts it', async (t) => {
  const { page } = member;
  await page.goto('/transfers/new');
  await page.fill('[name=payee_name]', 'Energie du Rhone');
  await page.fill('[name=payee_number]', 'DE89 3704 0044 0532 0130 00');
  await page.selectOption('[name=from_account_id]', account.id);
  await page.fill('[name=amount]', '1500');
  await send();
  await page.waitForURL(/\/transfers\/review/);
  await page.locator('main form button[type=submit]').first().click();
  await confirm().waitFor();
  t.is(await page.locator('[name=totp]').count(), 0);
  t.deepEqual(await requested(), []);
  await confirm().click();
  await page.waitForURL(/\/operations\//);
  const id = new URL(page.url()).pathname.split('/').at(-1);
  t.like((await alice.get(`/api/operations/${id}`)).body, { amount: 150_000, status: 'pending' });
  t.like((await agent.post(`/api/operations/${id}/approve`)).body, { status: 'posted' });
  t.is((await alice.get(`/api/accounts/${account.id}`)).body.balance, 650_000);
});

test.serial(
  'the passkey confirms a withdrawal, and the same form sent again leads to the same one',
  async (t) => {
    const { page } = member;
    await withdraw('1200');
    const sent = page.waitForRequest(
      (one) => one.method() === 'POST' && one.url().endsWith('/withdrawals/new'),
    );
    await confirm().click();
    const form = (await sent).postData();
    await page.waitForURL(/\/operations\//);
    t.regex(form ?? '', /credential=/);
    const again = await page.evaluate(
      `fetch('/withdrawals/new', { method: 'POST', body: new URLSearchParams(${JSON.stringify(form)}) }).then(({ url }) => url)`,
    );
    t.is(again, page.url());
    t.deepEqual(
      (await requested()).map(({ amount }) => amount),
      [120_000],
    );
  },
);

test.serial(
  'an amount that is changed while the passkey signs is refused, and can be confirmed as it is',
  async (t) => {
    const { page } = member;
    await withdraw('1100');
    const options = '**/withdrawals/new/passkey-options';
    await page.route(options, async (route) => {
      const response = await route.fetch();
      await page.fill('[name=amount]', '2100');
      await route.fulfill({ response });
    });
    await confirm().click();
    await page.locator('#f-passkey-error').waitFor();
    t.regex(await page.locator('#f-passkey-error').innerText(), /You confirmed another amount/);
    t.is(await page.inputValue('[name=amount]'), '2100');
    t.is((await requested()).length, 1, 'nothing new was requested');
    await page.unroute(options);
    await confirm().click();
    await page.waitForURL(/\/operations\//);
    t.deepEqual((await requested()).map(({ amount }) => amount).sort(), [120_000, 210_000]);
  },
);

test.serial('a device that doesn’t recognize its user confirms nothing, and the form stays', async (t) => {
  const { page } = member;
  await withdraw('1300');
  await membersDevice.verifies(false);
  await confirm().click();
  await page.locator('[data-passkey-error]:not(:empty)').waitFor();
  t.is(await page.inputValue('[name=amount]'), '1300');
  t.is((await requested()).length, 2);
  await membersDevice.verifies(true);
  await confirm().click();
  await page.waitForURL(/\/operations\//);
  t.is((await requested()).length, 3);
  t.deepEqual(member.consoleErrors, []);
});

test.serial('a passkey that its user removes is also removed from a device that supports this', async (t) => {
  const { page } = member;
  await page.goto('/security');
  await page.locator('a[href$="/remove"]').click();
  await page.fill('[name=password]', PASSWORD);
  await page.locator('main button[type=submit]').click();
  await page.waitForURL(`${bank.url}/security`);
  t.true(await eventually(async () => (await membersDevice.count()) === 0));
});
