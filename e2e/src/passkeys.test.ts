import { launchChromium } from '@guichet/testing/chromium';
import { type RunningBank, startBank } from '@guichet/tools';
import test from 'ava';
import type { Browser, Page } from 'playwright-core';
import { signIn, type Visitor, visit } from './browser.ts';
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
  await page.goto('/security');
  await page.locator('a[href$="/remove"]').click();
  await page.fill('[name=password]', bank.logins.superuser.password);
  await page.locator('main button[type=submit]').click();
  await page.waitForURL(`${bank.url}/security`);
  t.regex(await text(), /Passkey removed/);
  t.notRegex(await text(), /My laptop/);
  await signOut();
  await page.goto('/login');
  await page.click('button[data-passkey]');
  await page.locator('#error-summary').waitFor();
  t.regex(await text(), /This passkey couldn’t be verified/);
  t.deepEqual(visitor.consoleErrors, []);
});
