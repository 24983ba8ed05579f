import { launchChromium } from '@guichet/testing/chromium';
import test, { type ExecutionContext } from 'ava';
import type { Browser, Page } from 'playwright-core';
import { household } from '../testing/answers/accounts.ts';
import { PEOPLE } from '../testing/every-page.ts';
import { buildEntries, buildLogEntry, buildOperation, buildUser } from '../testing/fixtures.ts';
import { problem } from '../testing/messages.ts';
import { startFrontend } from '../testing/start-frontend.ts';
import { type Visitor, visitAs } from './visit.ts';

// Lists with more rows: scripts add them in place; without scripts, each page links to the next.

let browser: Browser;
test.before(async () => {
  browser = await launchChromium();
});
test.after.always(() => browser?.close());

const OPERATIONS = '/api/operations';
const LOG = '/api/logs';
const ENTRIES = `/api/accounts/${household.id}/transactions`;
const alice = buildUser('alice', 'member');
const MANY = Array.from({ length: 260 }, (_, index) => buildOperation(1_000 + index, alice));
const HISTORY = buildEntries(60, household);

/** A page of a list for the next request. */
const part = (items: readonly unknown[], from: number, to: number) => ({
  status: 200,
  body: { items: items.slice(from, to), next: to < items.length ? `at-${to}` : null },
});

async function open(t: ExecutionContext, visitor: Visitor, path: string, javaScriptEnabled = true) {
  t.timeout(300_000);
  const { bank, url, close } = await startFrontend({ built: true });
  const context = await visitAs(browser, url, visitor, 'en', { javaScriptEnabled });
  t.teardown(() => Promise.all([context.close(), close()]));
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const queryOf = (api: string) => bank.requests.findLast((one) => one.path === api)?.query;
  return { bank, page, queryOf, load: () => page.goto(path) };
}

const more = (page: Page) => page.locator('a[rel=next]');
const status = (page: Page) => page.locator('[data-more-status]');
const rowCount = (page: Page) => page.locator('#rows tbody tr:not(.day-head)').count();
const focused = (page: Page) => page.evaluate('document.activeElement.matches("a[rel=next]")');

test('more rows are added in place and announced, the focus stays, and reload shows the same rows', async (t) => {
  const { bank, page, queryOf, load } = await open(t, 'agent', '/operations');
  bank.answerNext('GET', OPERATIONS, part(MANY, 0, 50));
  await load();
  bank.answerNext('GET', OPERATIONS, part(MANY, 50, 100));
  await more(page).focus();
  await page.keyboard.press('Enter');
  await status(page).filter({ hasText: '50 more rows' }).waitFor();
  t.is(await rowCount(page), 100);
  t.is(queryOf(OPERATIONS)?.get('cursor'), 'at-50');
  t.true(await focused(page));
  t.is(await status(page).getAttribute('role'), 'status');
  t.regex(page.url(), /\/operations\?rows=100$/);
  bank.answerNext('GET', OPERATIONS, part(MANY, 0, 100));
  await page.reload();
  t.is(queryOf(OPERATIONS)?.get('limit'), '100');
  t.is(await rowCount(page), 100);
  bank.answerNext('GET', OPERATIONS, part(MANY, 100, 150));
  await more(page).click();
  await status(page).filter({ hasText: '50 more rows' }).waitFor();
  t.is(queryOf(OPERATIONS)?.get('cursor'), 'at-100');
  const address = page.url();
  await page.locator('#rows a.row-link').first().click();
  await page.waitForURL(/\/operations\/[0-9a-f-]{36}/);
  bank.answerNext('GET', OPERATIONS, part(MANY, 0, 150));
  await page.goBack();
  t.is(page.url(), address);
  t.is(await rowCount(page), 150);
});

test('reload of a list that is too long for one address shows its last page, with a link to the first', async (t) => {
  const { bank, page, load } = await open(t, 'agent', '/operations?rows=200');
  bank.answerNext('GET', OPERATIONS, part(MANY, 0, 200));
  await load();
  bank.answerNext('GET', OPERATIONS, part(MANY, 200, 250));
  await more(page).click();
  await status(page).filter({ hasText: '50 more rows' }).waitFor();
  t.regex(page.url(), /\/operations\?cursor=at-200$/);
  bank.answerNext('GET', OPERATIONS, part(MANY, 250, 260));
  await more(page).focus();
  await page.keyboard.press('Enter');
  await status(page).filter({ hasText: '10 more rows' }).waitFor();
  t.is(await rowCount(page), 260);
  t.is(await more(page).count(), 0, 'the end');
  t.true(await page.evaluate('document.activeElement.hasAttribute("data-more-status")'));
  await page.reload();
  t.is(await page.getByRole('link', { name: 'Newest' }).getAttribute('href'), '/operations');
});

test('a page that can’t be loaded is reported, and the same link tries again; a double click loads once', async (t) => {
  const { bank, page, load } = await open(t, 'agent', '/operations');
  bank.answerNext('GET', OPERATIONS, part(MANY, 0, 50));
  await load();
  bank.answerNext('GET', OPERATIONS, { status: 503, body: problem(503, 'unavailable') });
  await more(page).click();
  await status(page).filter({ hasText: 'Couldn’t load more. Try again.' }).waitFor();
  t.is(await rowCount(page), 50);
  t.true(await focused(page));
  t.regex(page.url(), /\/operations$/);
  bank.answerNext('GET', OPERATIONS, part(MANY, 50, 100));
  bank.answerNext('GET', OPERATIONS, part(MANY, 50, 100));
  await more(page).dblclick();
  await status(page).filter({ hasText: '50 more rows' }).waitFor();
  t.is(await rowCount(page), 100);
});

test('a session that has ended leads to the sign-in page and back', async (t) => {
  const { bank, page, load } = await open(t, 'agent', '/operations');
  bank.answerNext('GET', OPERATIONS, part(MANY, 0, 50));
  await load();
  await page.context().clearCookies();
  await more(page).click();
  await page.waitForURL(/\/login\?/);
  t.is(new URL(page.url()).searchParams.get('next'), '/operations?cursor=at-50');
  bank.answerNext('GET', OPERATIONS, part(MANY, 50, 100));
  await page.locator('#f-username').fill(PEOPLE.agent);
  await page.locator('#f-password').fill('correct horse battery');
  await page.locator('#main button[type=submit]').click();
  await page.waitForURL(/\/operations/);
  t.is(new URL(page.url()).search, '?cursor=at-50');
  t.is(await rowCount(page), 50);
});

test('a day that goes on in the next page stays one group', async (t) => {
  const { bank, page, load } = await open(t, 'member', `/accounts/${household.id}?direction=debit`);
  const oneDay = HISTORY.map((entry) => ({ ...entry, posted_at: '2026-11-20T16:20:00.000Z' }));
  bank.answerNext('GET', ENTRIES, part(oneDay, 0, 50));
  await load();
  bank.answerNext('GET', ENTRIES, part([...oneDay.slice(0, 55), ...HISTORY.slice(55)], 50, 60));
  await more(page).click();
  await status(page).filter({ hasText: '10 more rows' }).waitFor();
  t.is(await page.locator('tbody[data-day="2026-11-20"]').count(), 1);
  t.is(await page.locator('tbody[data-day="2026-11-20"] tr:not(.day-head)').count(), 55);
  t.true((await page.locator('tr.day-head').count()) > 1);
  t.is(await rowCount(page), 60);
});

test('a member’s activity goes on in place, within its topic', async (t) => {
  const { bank, page, queryOf, load } = await open(t, 'member', '/logs?topic=profile');
  const time = '2026-11-20T16:20:00.000Z';
  const changes = { time, action: 'PROFILE_UPDATED', service: 'auth', subject: null, data: {} };
  const log = Array.from({ length: 60 }, (_, index) => buildLogEntry(index + 1, alice, changes));
  bank.answerNext('GET', LOG, part(log, 0, 50));
  await load();
  bank.answerNext('GET', LOG, part(log, 50, 60));
  await more(page).focus();
  await page.keyboard.press('Enter');
  await status(page).filter({ hasText: '10 more rows' }).waitFor();
  t.is(await rowCount(page), 60);
  t.is(queryOf(LOG)?.get('topic'), 'profile');
  t.is(await page.locator('tr.day-head').count(), 1);
  t.regex(page.url(), /\/logs\?topic=profile&rows=60$/);
});

test('without scripts the link leads to the next page, and one back to the first', async (t) => {
  const { bank, page, queryOf, load } = await open(t, 'agent', '/operations', false);
  bank.answerNext('GET', OPERATIONS, part(MANY, 0, 50));
  await load();
  bank.answerNext('GET', OPERATIONS, part(MANY, 50, 100));
  await more(page).click();
  await page.waitForURL(/\?cursor=at-50$/);
  t.is(queryOf(OPERATIONS)?.get('cursor'), 'at-50');
  t.is(await rowCount(page), 50);
  await page.getByRole('link', { name: 'Newest' }).click();
  await page.waitForURL(/\/operations$/);
});
