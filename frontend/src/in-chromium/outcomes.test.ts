import { LANGUAGES } from '@guichet/contract';
import { launchChromium } from '@guichet/testing/chromium';
import test from 'ava';
import type { Browser, Page } from 'playwright-core';
import { factorsAnswer } from '../testing/answers/auth.ts';
import { newSessionFor } from '../testing/answers/signed-out.ts';
import { buildUser } from '../testing/fixtures.ts';
import { problem } from '../testing/messages.ts';
import { type RunningFrontend, startFrontend } from '../testing/start-frontend.ts';
import { layoutFaultsAt, violations, visitAs } from './visit.ts';

// The pages that only a form leads to: the same rules as for every page.

let frontend: RunningFrontend;
let browser: Browser;
test.before(async () => {
  [frontend, browser] = await Promise.all([startFrontend({ built: true }), launchChromium()]);
});
test.after.always(async () => {
  await browser?.close();
  await frontend?.close();
});

const PASSWORD = 'correct horse battery';

async function faultsOf(page: Page): Promise<string[]> {
  const faults: string[] = [];
  for (const width of [320, 390, 768, 1280]) {
    faults.push(...(await layoutFaultsAt(page, width)).map((fault) => `${width}: ${fault}`));
  }
  return [...faults, ...(await violations(page))];
}

for (const language of LANGUAGES) {
  test.serial(`what is shown once, in ${language}`, async (t) => {
    const context = await visitAs(browser, frontend.url, 'member', language);
    t.teardown(() => context.close());
    const page = await context.newPage();
    await page.goto('/security');
    const start = page.locator('form[action="/security/totp"]');
    await start.locator('input[name=password]').fill(PASSWORD);
    await start.locator('button').click();
    await page.waitForURL(/\/security\/totp\?shown=/);
    t.deepEqual(await faultsOf(page), [], 'the key');
    await page.fill('input[name=code]', '123456');
    await page.locator('main form button[type=submit]').click();
    await page.waitForURL(/\/security\/recovery-codes\?shown=/);
    t.deepEqual(await faultsOf(page), [], 'recovery codes');
    await page.locator('main form button[type=submit]').click();
    await page.waitForURL(/\/security$/);
    await page.goto('/security/tokens');
    const create = page.locator('form[action="/security/tokens"]');
    await create.locator('input[name=name]').fill('ci');
    await create.locator('input[name=scope]').first().check();
    await create.locator('input[name=password]').fill(PASSWORD);
    await create.locator('button[type=submit]').click();
    await page.waitForURL(/\/security\/tokens\?shown=/);
    t.deepEqual(await faultsOf(page), [], 'a token');
  });

  test.serial(`the second step of signing in, in ${language}`, async (t) => {
    const context = await visitAs(browser, frontend.url, 'visitor', language);
    t.teardown(() => context.close());
    const page = await context.newPage();
    const submit = () => page.locator('main button[type=submit]').click();
    await page.goto('/login');
    const body = { ...problem(401, 'totp_required'), sign_in: 'a-ticket' };
    frontend.bank.answerNext('POST', '/api/auth/login', { status: 401, body });
    await page.fill('[name=username]', 'alice');
    await page.fill('[name=password]', PASSWORD);
    await submit();
    await page.waitForURL(/\/login\/code/);
    t.deepEqual(await faultsOf(page), [], 'the code');
    await page.locator('main a[href*="with=recovery_code"]').click();
    await page.waitForURL(/with=recovery_code/);
    t.deepEqual(await faultsOf(page), [], 'a recovery code');
    await page.goBack();
    await page.goBack();
    await page.waitForURL(({ pathname }) => pathname === '/login');
    t.is(await page.inputValue('[name=password]'), '', 'the password is kept nowhere');
    await page.goForward();
    await page.waitForURL(/\/login\/code/);
    await page.reload();
    const refused = { status: 401, body: problem(401, 'invalid_totp') };
    frontend.bank.answerNext('POST', '/api/auth/login/second-factor', refused);
    await page.fill('[name=totp]', '111 111');
    await submit();
    await page.locator('#f-totp-error').waitFor();
    t.deepEqual(await faultsOf(page), [], 'a wrong code');
    const answer = { status: 200, body: newSessionFor(buildUser('alice', 'member')) };
    frontend.bank.answerNext('POST', '/api/auth/login/second-factor', answer);
    await page.fill('[name=totp]', '222 222');
    await submit();
    await page.waitForURL(/\/dashboard/);
    const cookies = await context.cookies(new URL('/login/code', frontend.url).href);
    t.deepEqual(
      cookies.filter(({ name }) => name.includes('-sign-in-')),
      [],
    );
  });

  test.serial(`the review of a transfer, and a refused one, in ${language}`, async (t) => {
    const context = await visitAs(browser, frontend.url, 'member', language);
    t.teardown(() => context.close());
    const page = await context.newPage();
    const submit = () => page.locator('main form button.button-primary[type=submit]').first().click();
    await page.goto('/transfers/new');
    await page.fill('[name=payee_name]', 'Jan Peeters');
    await page.fill('[name=payee_number]', 'BE68 5390 0754 7030');
    await page.selectOption('[name=from_account_id]', { index: 1 });
    await page.fill('[name=amount]', '1.2.3');
    await submit();
    await page.waitForURL(/draft=/);
    t.deepEqual(await faultsOf(page), [], 'refused');
    await page.fill('[name=payee_number]', 'BE68 5390 0754 7034');
    await page.fill('[name=amount]', '12');
    await submit();
    await page.waitForURL(/\/transfers\/review/);
    t.deepEqual(await faultsOf(page), [], 'the review');
  });

  test.serial(`a payment that a second factor confirms, in ${language}`, async (t) => {
    const { bank } = frontend;
    const context = await visitAs(browser, frontend.url, 'member', language);
    t.teardown(() => context.close());
    const page = await context.newPage();
    const button = page.locator('#f-passkey');
    const cancelled = page.locator('[data-passkey-error]:not(:empty)');
    const submit = () => page.locator('main form button.button-primary[type=submit]').first().click();
    const answer = (code: string) =>
      bank.answerNext('POST', '/api/operations', { status: 403, body: problem(403, code) });

    await page.goto('/withdrawals/new');
    await page.selectOption('[name=account_id]', { index: 1 });
    await page.fill('[name=amount]', '2000');
    answer('totp_required');
    await submit();
    await button.waitFor();
    t.is(await page.evaluate('document.activeElement.id'), 'f-passkey');
    t.deepEqual(await faultsOf(page), [], 'a withdrawal, with a passkey alone');
    await page.evaluate(
      `navigator.credentials.get = () => Promise.reject(new DOMException('cancelled', 'NotAllowedError'))`,
    );
    await button.click();
    await cancelled.waitFor();
    t.deepEqual(await faultsOf(page), [], 'a cancelled ceremony');
    await page.fill('[name=amount]', '1999');
    t.is(await cancelled.count(), 1);
    const address = page.url();
    await Promise.all([
      page.waitForResponse((response) => response.url().endsWith('/withdrawals/new/passkey-options')),
      page.press('[name=amount]', 'Enter'),
    ]);
    await cancelled.waitFor();
    t.is(page.url(), address, 'Enter uses the passkey, and no other button');
    t.is(await page.inputValue('[name=amount]'), '1999');
    await page.fill('[name=amount]', '1.2.3');
    await button.click();
    await page.locator('#f-amount-error').waitFor();

    await page.goto('/transfers/new');
    await page.fill('[name=payee_name]', 'Jan Peeters');
    await page.fill('[name=payee_number]', 'BE68 5390 0754 7034');
    await page.selectOption('[name=from_account_id]', { index: 1 });
    await page.fill('[name=amount]', '2000');
    await submit();
    await page.waitForURL(/\/transfers\/review/);
    answer('totp_required');
    bank.answerNext('GET', '/api/auth/profile', factorsAnswer({ totp_enabled: true, passkeys: 1 }));
    await page.locator('main form button[type=submit]:not([name])').click();
    await page.locator('[name=totp]').waitFor();
    t.deepEqual(await faultsOf(page), [], 'a transfer, with an app or a passkey');
    await page.evaluate(`document.querySelector('#f-passkey').form.addEventListener('formdata', ({ formData }) => {
      formData.set('credential', '{}');
      formData.delete('totp');
    })`);
    answer('invalid_totp');
    await page.evaluate(`document.querySelector('#f-passkey').form.submit()`);
    await page.locator('#f-passkey-error').waitFor();
    t.deepEqual(await faultsOf(page), [], 'a refused confirmation');
  });

  test.serial(`without scripts, a payment that only a passkey confirms, in ${language}`, async (t) => {
    const context = await visitAs(browser, frontend.url, 'member', language, { javaScriptEnabled: false });
    t.teardown(() => context.close());
    const page = await context.newPage();
    const submit = page.locator('main form button.button-primary[type=submit]');
    await page.goto('/withdrawals/new');
    await page.selectOption('[name=account_id]', { index: 1 });
    await page.fill('[name=amount]', '2000');
    frontend.bank.answerNext('POST', '/api/operations', { status: 403, body: problem(403, 'totp_required') });
    await submit.click();
    await page.locator('main .notice-warn').waitFor();
    t.false(await page.locator('#f-passkey').isVisible());
    await page.fill('[name=amount]', '20');
    await page.press('[name=amount]', 'Enter');
    await page.waitForURL(/\/operations\//);
  });
}
