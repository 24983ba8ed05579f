import { launchChromium } from '@guichet/testing/chromium';
import test, { type ExecutionContext } from 'ava';
import type { Browser, Page } from 'playwright-core';
import { household } from '../testing/answers/accounts.ts';
import { pendingTransfer } from '../testing/answers/operations.ts';
import { signInOn, signInWith } from '../testing/chromium.ts';
import { buildAccount, buildUser } from '../testing/fixtures.ts';
import { problem } from '../testing/messages.ts';
import { startFrontend } from '../testing/start-frontend.ts';

let browser: Browser;
test.before(async () => {
  browser = await launchChromium();
});
test.after.always(() => browser?.close());

async function visit(t: ExecutionContext, options: { javaScriptEnabled?: boolean } = {}) {
  const frontend = await startFrontend({ built: true });
  t.teardown(() => frontend.close());
  const { page, complaints } = await signInWith(browser, frontend.url, options);
  t.teardown(() => page.context().close());
  return { bank: frontend.bank, page, complaints };
}

async function fillWithdrawal(page: Page, amount: string, reference: string): Promise<void> {
  await page.selectOption('[name=account_id]', household.id);
  await page.fill('[name=amount]', amount);
  await page.fill('[name=reference]', reference);
}

async function fillTransfer(page: Page, amount = '12.50'): Promise<void> {
  await page.fill('[name=payee_name]', 'Jan Peeters');
  await page.fill('[name=payee_number]', 'BE68 5390 0754 7034');
  await page.selectOption('[name=from_account_id]', household.id);
  await page.fill('[name=amount]', amount);
  await page.fill('[name=reference]', 'Lunch');
}

const submit = (page: Page) => page.locator('main form button.button-primary[type=submit]').first().click();
const typedIn = (page: Page, name: string) => page.inputValue(`[name=${name}]`);
const focused = (page: Page) => page.evaluate<string>('document.activeElement.id');

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with' : 'without';

  test(`${how} scripts, a refused form has the focus on what is wrong, and each link leads to its field`, async (t) => {
    const { page, complaints } = await visit(t, { javaScriptEnabled });
    await page.goto('/withdrawals/new');
    await fillWithdrawal(page, '1.2.3', 'Market');
    await submit(page);
    await page.waitForURL(/draft=/);
    t.is(await focused(page), 'error-summary');
    t.regex(await page.title(), /^Error: /);
    await page.locator('#error-summary a').first().click();
    t.is(await focused(page), 'f-amount');
    t.deepEqual(complaints, []);
  });

  test(`${how} scripts, reload, Back and Forward keep a refused form`, async (t) => {
    const { page } = await visit(t, { javaScriptEnabled });
    await page.goto('/withdrawals/new');
    await fillWithdrawal(page, '1.2.3', 'Market');
    await submit(page);
    await page.waitForURL(/draft=/);
    await page.reload();
    t.is(await typedIn(page, 'reference'), 'Market');
    await page.goto('/dashboard');
    await page.goBack();
    t.is(await typedIn(page, 'amount'), '1.2.3');
    await page.goBack();
    t.is(await typedIn(page, 'reference'), 'Market', 'the form as it was first sent');
    await page.goForward();
    await page.goForward();
    t.is(new URL(page.url()).pathname, '/dashboard');
  });

  test(`${how} scripts, Back from the review leads to what was typed, and after sending to the outcome`, async (t) => {
    const { bank, page } = await visit(t, { javaScriptEnabled });
    await page.goto('/transfers/new');
    await fillTransfer(page);
    await submit(page);
    await page.waitForURL(/\/transfers\/review/);
    await page.reload();
    await page.goBack();
    t.is(await typedIn(page, 'payee_name'), 'Jan Peeters');
    t.is(await typedIn(page, 'amount'), '12.50');
    await page.goForward();
    await page.waitForURL(/\/transfers\/review/);
    await submit(page);
    await page.waitForURL(/\/operations\//);
    await page.reload();
    await page.goBack();
    t.is(new URL(page.url()).pathname, `/operations/${pendingTransfer.id}`);
    t.is(bank.carriedOut.length, 1);
  });

  test(`${how} scripts, a change of language keeps what was typed`, async (t) => {
    const { page } = await visit(t, { javaScriptEnabled });
    await page.goto('/transfers/new');
    await fillTransfer(page);
    await page.getByRole('button', { name: 'Français' }).click();
    await page.waitForURL(/draft=/);
    t.is(await page.getAttribute('html', 'lang'), 'fr');
    t.is(await typedIn(page, 'payee_name'), 'Jan Peeters');
  });
}

test('two tabs have a draft each', async (t) => {
  const { page } = await visit(t);
  const other = await page.context().newPage();
  for (const [tab, reference] of [
    [page, 'The first tab'],
    [other, 'The second tab'],
  ] as const) {
    await tab.goto('/withdrawals/new');
    await fillWithdrawal(tab, 'x', reference);
    await submit(tab);
    await tab.waitForURL(/draft=/);
  }
  await page.reload();
  t.is(await typedIn(page, 'reference'), 'The first tab');
  await other.reload();
  t.is(await typedIn(other, 'reference'), 'The second tab');
});

test('a session that ends in mid-form leads back to the form, and another user gets an empty one', async (t) => {
  const { bank, page } = await visit(t);
  for (const [username, reference] of [
    ['alice', 'Market'],
    ['bruno', null],
  ] as const) {
    await page.goto('/withdrawals/new');
    await fillWithdrawal(page, '5', 'Market');
    bank.answerNext('GET', '/api/accounts', { status: 401, body: problem(401, 'unauthenticated') });
    bank.answerNext('POST', '/api/auth/refresh', {
      status: 401,
      body: problem(401, 'invalid_refresh_token'),
    });
    await submit(page);
    await page.waitForURL(/\/login\?next=/);
    await signInOn(page, username);
    t.regex(page.url(), /\/withdrawals\/new\?draft=/);
    if (reference !== null) t.is(await typedIn(page, 'reference'), reference);
    else t.false((await page.content()).includes('Market'));
  }
});

test('a double click sends a form once', async (t) => {
  const { bank, page } = await visit(t);
  await page.goto('/deposits/new');
  await fillWithdrawal(page, '5', 'Twice');
  bank.delayNext('POST', '/api/operations', 300);
  await page.locator('main form button.button-primary[type=submit]').dblclick();
  await page.waitForURL(/\/operations\//);
  t.is(bank.requests.filter(({ method, path }) => method === 'POST' && path === '/api/operations').length, 1);
});

test('the field for an amount follows the chosen account', async (t) => {
  const { bank, page } = await visit(t);
  const yen = buildAccount(21, buildUser('alice', 'member'), { name: 'Tokyo', currency: 'JPY' });
  bank.answerNext('GET', '/api/accounts', { status: 200, body: { items: [household, yen], next: null } });
  await page.goto('/deposits/new');
  const field = page.locator('[data-currency-of]');
  for (const [account, currency, placeholder, keyboard] of [
    [yen, 'JPY', '0', 'numeric'],
    [household, 'EUR', '0.00', 'decimal'],
  ] as const) {
    await page.selectOption('[name=account_id]', account.id);
    t.deepEqual(await field.locator('[data-currency]').allTextContents(), [currency, currency]);
    t.is(await field.locator('input').getAttribute('placeholder'), placeholder);
    t.is(await field.locator('input').getAttribute('inputmode'), keyboard);
  }
});

test('the payee is checked while they are typed; a late answer for an earlier name is not shown', async (t) => {
  const { bank, page, complaints } = await visit(t);
  await page.goto('/transfers/new');
  const found = page.locator('[data-payee-result]');
  bank.delayNext('POST', '/api/payees/verify', 2_500);
  await page.fill('[name=payee_number]', 'FR76 3000 6000 0112 3456 7890 189');
  await page.fill('[name=payee_name]', 'Regie');
  while (!bank.requests.some(({ path }) => path === '/api/payees/verify')) await page.waitForTimeout(50);
  bank.answerNext('POST', '/api/payees/verify', {
    status: 200,
    body: { result: 'no_match', suggestion: null },
  });
  await page.fill('[name=payee_name]', 'Someone else');
  await found.getByText('We couldn’t match this name').waitFor();
  await page.waitForTimeout(2_500);
  t.regex((await found.textContent()) ?? '', /We couldn’t match this name/);
  await page.fill('[name=payee_name]', 'Regie');
  await found.getByRole('button', { name: 'Use this name' }).click();
  t.is(await typedIn(page, 'payee_name'), 'Régie Immobilière du Parc');
  t.deepEqual(complaints, []);
});
