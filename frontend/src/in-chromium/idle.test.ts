import { LANGUAGES } from '@guichet/contract';
import { launchChromium } from '@guichet/testing/chromium';
import test, { type ExecutionContext } from 'ava';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { signInOn } from '../testing/chromium.ts';
import { startFrontend } from '../testing/start-frontend.ts';
import { layoutFaultsAt, violations } from './visit.ts';

const MINUTE = 60_000;

let browser: Browser;
test.before(async () => {
  browser = await launchChromium();
});
test.after.always(() => browser?.close());

/** A context whose pages and the frontend share a clock that only `pass` moves. */
async function start(t: ExecutionContext, options: { language?: string; username?: string } = {}) {
  const { language = 'en', username = 'alice' } = options;
  const clock = { ms: Date.now() };
  const frontend = await startFrontend({ built: true, now: () => clock.ms });
  const context = await browser.newContext({
    baseURL: frontend.url,
    locale: language,
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(60_000);
  t.teardown(async () => {
    await context.close();
    await frontend.close();
  });
  await context.clock.install({ time: clock.ms });
  const page = await context.newPage();
  await signInOn(page, username);
  const pass = async (ms: number): Promise<void> => {
    clock.ms += ms;
    await context.clock.runFor(ms);
  };
  const count = (method: string, path: string) =>
    frontend.bank.requests.filter((one) => one.method === method && one.path === path).length;
  return { context, page, clock, pass, count };
}

const dialogOf = (page: Page) => page.locator('dialog[data-idle-warning]');
const openTab = async (context: BrowserContext, path: string): Promise<Page> => {
  const page = await context.newPage();
  await page.goto(path);
  return page;
};

for (const language of LANGUAGES) {
  test(`a dialog warns a minute before, in ${language}, and its button keeps the user signed in`, async (t) => {
    const { page, pass } = await start(t, { language });
    await page.goto('/dashboard');
    await pass(13 * MINUTE);
    t.false(await dialogOf(page).isVisible());
    await pass(MINUTE);
    await dialogOf(page).waitFor();
    t.deepEqual(await violations(page), []);
    for (const width of [320, 1280]) t.deepEqual(await layoutFaultsAt(page, width), []);
    t.is(await page.locator('form[method=dialog] button:focus').count(), 1);
    const answered = page.waitForResponse('**/session');
    await page.keyboard.press('Enter');
    await answered;
    await dialogOf(page).waitFor({ state: 'hidden' });
    await pass(13 * MINUTE);
    t.is(new URL(page.url()).pathname, '/dashboard');
    await page.goto('/operations');
    t.is(new URL(page.url()).pathname, '/operations');
  });
}

test('when time is up, every tab leads to sign-in, and the session is over in auth', async (t) => {
  const { context, page, pass, count } = await start(t, { username: 'bruno' });
  await page.goto('/customers');
  const other = await openTab(context, '/inbox');
  await pass(14 * MINUTE);
  await Promise.all([page, other].map((tab) => dialogOf(tab).waitFor()));
  await pass(MINUTE);
  await Promise.all([page, other].map((tab) => tab.waitForURL('**/login?next=*')));
  t.true(page.url().endsWith('/login?next=%2Fcustomers'));
  t.true(other.url().endsWith('/login?next=%2Finbox'));
  t.true(count('POST', '/api/auth/logout') >= 1);
  await page.goBack().catch(() => null);
  t.notRegex(await page.locator('body').innerText(), /Alice|Martin/);
});

test('what is done in one tab keeps the others open, and closes their warning', async (t) => {
  const { context, page, pass } = await start(t);
  await page.goto('/dashboard');
  const other = await openTab(context, '/operations');
  await pass(14 * MINUTE);
  await Promise.all([page, other].map((tab) => dialogOf(tab).waitFor()));
  await other.bringToFront();
  await dialogOf(other).locator('form[method=dialog] button').click();
  await Promise.all([page, other].map((tab) => dialogOf(tab).waitFor({ state: 'hidden' })));
  await pass(2 * MINUTE);
  t.deepEqual(
    [page, other].map((tab) => new URL(tab.url()).pathname),
    ['/dashboard', '/operations'],
  );
});

test('typing counts as activity, though nothing is sent', async (t) => {
  const { page, pass } = await start(t);
  await page.goto('/deposits/new');
  for (let minute = 0; minute < 20; minute += 10) {
    await pass(10 * MINUTE);
    const reported = page.waitForResponse('**/session');
    await page.locator('[name=amount]').press('1');
    await reported;
  }
  t.is(await page.inputValue('[name=amount]'), '11');
  t.false(await dialogOf(page).isVisible());
});

test('what was typed is there after signing in again, and nothing of it was carried out', async (t) => {
  const { page, pass, count } = await start(t);
  await page.goto('/deposits/new');
  await page.fill('[name=amount]', '123.45');
  await pass(14 * MINUTE);
  await dialogOf(page).waitFor();
  await pass(MINUTE);
  await page.waitForURL('**/login?next=*');
  t.regex(await page.locator('main').innerText(), /hadn’t done anything/);
  await signInOn(page, 'alice');
  t.is(new URL(page.url()).pathname, '/deposits/new');
  t.is(await page.inputValue('[name=amount]'), '123.45');
  t.is(count('POST', '/api/operations'), 0);
});

test('a page that wakes up too late is cleared at once', async (t) => {
  const { page, count, context, clock } = await start(t);
  await page.goto('/dashboard');
  // As on a device that slept: time has passed, and no timer has run.
  const held = Promise.withResolvers<void>();
  await context.route('**/session', async (route) => {
    await held.promise;
    await route.continue();
  });
  clock.ms += 2 * 60 * MINUTE;
  await context.clock.setFixedTime(clock.ms);
  await page.evaluate('window.dispatchEvent(new Event("focus"))');
  t.false(await page.locator('body').isVisible());
  held.resolve();
  await page.waitForURL('**/login?next=*');
  t.is(count('POST', '/api/auth/logout'), 1);
});
