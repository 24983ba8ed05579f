import { launchChromium } from '@guichet/testing/chromium';
import test, { type ExecutionContext } from 'ava';
import type { Browser } from 'playwright-core';
import { household } from '../testing/answers/accounts.ts';
import { pendingTransfer } from '../testing/answers/operations.ts';
import { buildLogEntry, buildUser } from '../testing/fixtures.ts';
import { startFrontend } from '../testing/start-frontend.ts';
import { visitAs } from './visit.ts';

// Parts of an open page are loaded again when there is news. Their content works as before.

let browser: Browser;
test.before(async () => {
  browser = await launchChromium();
});
test.after.always(() => browser?.close());

/** The page of a member, functions that publish news, and that wait until the part with `id` has been loaded again after it. */
async function open(t: ExecutionContext, path: string) {
  const frontend = await startFrontend({ built: true });
  const context = await visitAs(browser, frontend.url, 'member', 'en', {
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  t.teardown(async () => {
    await context.close();
    await frontend.close();
  });
  const page = await context.newPage();
  // Headless Chromium has no share sheet.
  await page.addInitScript(
    'window.shared = []; navigator.share = async ({ text }) => void window.shared.push(text);',
  );
  await page.goto(path);
  await page.waitForFunction(`document.documentElement.classList.contains('has-script')`);
  const publish = async (): Promise<void> => {
    while (frontend.bank.stream.open.size === 0) await page.waitForTimeout(50);
    const data = { type: 'external_transfer', amount: 20_000, currency: 'EUR', status: 'posted' };
    const subject = { type: 'operation', id: pendingTransfer.id };
    const news = { sequence: 1_001, time: new Date().toISOString(), action: 'TRANSFER_POSTED' };
    frontend.bank.stream.publish(
      buildLogEntry(1_001, buildUser('bruno', 'agent'), { ...news, subject, data }),
    );
  };
  const refresh = async (id: string): Promise<void> => {
    await page.locator(`#${id}`).evaluate((part) => part.setAttribute('data-before', ''));
    await publish();
    await page.locator(`#${id}:not([data-before])`).waitFor({ state: 'attached' });
  };
  return { page, publish, refresh, bank: frontend.bank };
}

test('the IBAN can still be copied and shared after its part was loaded again', async (t) => {
  const { page, refresh } = await open(t, `/accounts/${household.id}`);
  await refresh('account-iban');
  const copy = page.locator('button[data-copy]');
  await copy.click();
  await copy.filter({ hasText: 'Copied' }).waitFor();
  t.is(await page.evaluate('navigator.clipboard.readText()'), household.iban);
  await page.locator('button[data-share]').click();
  t.regex(String(await page.evaluate('window.shared.join()')), /Alice Martin\nIBAN FR76/);
});

test('a form in a part that was loaded again is still sent once by a double click', async (t) => {
  const { page, refresh, bank } = await open(t, `/operations/${pendingTransfer.id}`);
  await refresh('operation-story');
  const path = `/api/operations/${pendingTransfer.id}/cancel`;
  bank.delayNext('POST', path, 500);
  await page.getByRole('button', { name: 'Cancel request' }).dblclick();
  await page.getByText('Request cancelled.').waitFor();
  t.is(bank.requests.filter((one) => one.path === path).length, 1);
});

test('a form that is being sent is not loaded again, which would give it another key', async (t) => {
  const { page, publish } = await open(t, `/operations/${pendingTransfer.id}`);
  // As if the answer were late.
  await page.evaluate(`document.addEventListener('submit', (event) => event.preventDefault())`);
  const form = page.locator('#operation-story form[action$="/cancel"]');
  await form.locator('button').click();
  const key = await form.locator('[name=idempotency_key]').inputValue();
  // The focus alone would keep the part, too.
  await page.evaluate('document.activeElement.blur()');
  await publish();
  await page.locator('.toast').waitFor();
  t.is(await form.locator('[name=idempotency_key]').inputValue(), key);
});

test('the bell counts on from what the page counted, and its list is what both show', async (t) => {
  const { page, publish, bank } = await open(t, '/profile');
  const bell = page.locator('[data-bell-count]:visible');
  t.is(await bell.count(), 0);
  await publish();
  await bell.waitFor();
  t.is(await bell.innerText(), '1');
  t.is(await page.locator('[data-bell]:visible').getAttribute('aria-label'), 'Notifications: 1');
  const unread = [1_002, 1_003].map((sequence) =>
    buildLogEntry(sequence, buildUser('bruno', 'agent'), {
      time: new Date(Date.now() + 1_000).toISOString(),
      subject: { type: 'operation', id: pendingTransfer.id },
      data: { type: 'external_transfer', amount: 20_000, currency: 'EUR', status: 'posted' },
    }),
  );
  bank.answerNext('GET', '/api/logs', { status: 200, body: { items: unread.toReversed(), next: null } });
  await page.locator('[data-bell]:visible').click();
  await page.getByRole('button', { name: 'Mark as read' }).waitFor();
  t.is(await bell.innerText(), '2', 'the list has the last word');
  const counted = bank.requests.filter(({ path }) => path === '/api/logs').length;
  t.is(counted, 1, 'only the list reads the log');
  await page.goto('/accounts');
  t.is(await bell.innerText(), '2');
  await page.goto('/notifications');
  await page.locator('main').getByText('Nothing new').waitFor();
  t.is(await bell.count(), 0);
});

test('the bank’s status is looked at again by itself, and what the superuser opened stays open', async (t) => {
  const frontend = await startFrontend({ built: true });
  const context = await visitAs(browser, frontend.url, 'superuser', 'en');
  t.teardown(() => Promise.all([context.close(), frontend.close()]));
  const page = await context.newPage();
  await page.clock.install();
  await page.goto('/setup');
  await page.locator('#status').evaluate((part) => part.setAttribute('data-before', ''));
  const opened = page.locator('details').filter({ has: page.locator('#area-certificates') });
  await opened.locator('summary').click();
  // The focus alone would keep the part.
  await page.evaluate('document.activeElement.blur()');
  frontend.bank.down.add('accounts');
  await page.clock.runFor(31_000);
  await page.locator('#status:not([data-before])').waitFor();
  t.true(await opened.evaluate((details) => 'open' in details && details.open === true));
  t.regex(await page.locator('#status').innerText(), /isn’t responding/);
});
