import { LANGUAGES } from '@guichet/contract';
import { launchChromium } from '@guichet/testing/chromium';
import test from 'ava';
import type { Browser, Page } from 'playwright-core';
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
}
