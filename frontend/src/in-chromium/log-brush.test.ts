import { launchChromium } from '@guichet/testing/chromium';
import test from 'ava';
import type { Browser, Page } from 'playwright-core';
import { type RunningFrontend, startFrontend } from '../testing/start-frontend.ts';
import { visitAs } from './visit.ts';

let frontend: RunningFrontend;
let browser: Browser;
test.before(async () => {
  [frontend, browser] = await Promise.all([startFrontend({ built: true }), launchChromium()]);
});
test.after.always(async () => {
  await browser?.close();
  await frontend?.close();
});

type Options = Parameters<Browser['newContext']>[0];

async function open(
  t: { teardown: (close: () => Promise<void>) => void },
  options: Options = {},
): Promise<Page> {
  const context = await visitAs(browser, frontend.url, 'agent', 'en', options);
  t.teardown(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await page.goto('/logs/dashboard?level=INFO&period=30d');
  return page;
}

/** The period of the bars from one to another. */
async function periodOf(page: Page, first: number, last: number): Promise<[string | null, string | null]> {
  const bars = page.locator('[data-bar]');
  return [await bars.nth(first).getAttribute('data-from'), await bars.nth(last).getAttribute('data-to')];
}

async function zoomedTo(page: Page): Promise<[string | null, string | null]> {
  await page.waitForURL((url) => url.searchParams.has('from'));
  const { searchParams } = new URL(page.url());
  return [searchParams.get('from'), searchParams.get('to')];
}

async function placesOf(page: Page, ...bars: number[]): Promise<{ x: number; y: number }[]> {
  await page.locator('[data-plot]').scrollIntoViewIfNeeded();
  const box = await page.locator('[data-plot]').boundingBox();
  const count = await page.locator('[data-bar]').count();
  if (box === null) throw new Error('no chart');
  return bars.map((bar) => ({ x: box.x + ((bar + 0.5) / count) * box.width, y: box.y + box.height / 2 }));
}

test.serial('a mouse that is dragged over bars zooms to them and keeps the other filters', async (t) => {
  t.timeout(300_000);
  const page = await open(t);
  const expected = await periodOf(page, 3, 8);
  const [from, to] = await placesOf(page, 8, 3);
  await page.mouse.move(from?.x ?? 0, from?.y ?? 0);
  await page.mouse.down();
  await page.mouse.move(to?.x ?? 0, to?.y ?? 0, { steps: 4 });
  t.true(await page.locator('[data-selection]').isVisible());
  await page.mouse.up();
  t.deepEqual(await zoomedTo(page), expected);
  const { searchParams } = new URL(page.url());
  t.is(searchParams.get('level'), 'INFO');
  t.is(searchParams.get('period'), null);
});

test.serial('a click on a bar opens its entries', async (t) => {
  t.timeout(300_000);
  const page = await open(t);
  const expected = await periodOf(page, 5, 5);
  const [place] = await placesOf(page, 5);
  await page.mouse.click(place?.x ?? 0, place?.y ?? 0);
  await page.waitForURL((url) => url.pathname === '/logs');
  const { searchParams } = new URL(page.url());
  t.deepEqual([searchParams.get('from'), searchParams.get('to')], expected);
  t.is(searchParams.get('level'), 'INFO');
});

test.serial('a finger selects too', async (t) => {
  t.timeout(300_000);
  const page = await open(t, { viewport: { width: 390, height: 844 }, hasTouch: true });
  const expected = await periodOf(page, 2, 6);
  const [from, to] = await placesOf(page, 2, 6);
  const session = await page.context().newCDPSession(page);
  const touch = (type: string, place?: { x: number; y: number }) =>
    session.send('Input.dispatchTouchEvent', {
      type: type as 'touchStart',
      touchPoints: place === undefined ? [] : [place],
    });
  await touch('touchStart', from);
  await touch('touchMove', { x: ((from?.x ?? 0) + (to?.x ?? 0)) / 2, y: from?.y ?? 0 });
  await touch('touchMove', to);
  await touch('touchEnd');
  t.deepEqual(await zoomedTo(page), expected);
});

test.serial('the keyboard selects with two sliders, Escape clears, and Enter zooms', async (t) => {
  t.timeout(300_000);
  const page = await open(t);
  const count = await page.locator('[data-bar]').count();
  await page.focus('#brush-start');
  for (let key = 0; key < 4; key += 1) await page.keyboard.press('ArrowRight');
  const says = page.locator('[data-brush-says]');
  t.regex((await says.textContent()) ?? '', / – .* · entries: [\d,]+$/);
  t.truthy(await page.getAttribute('#brush-start', 'aria-valuetext'));
  await page.keyboard.press('Escape');
  t.is(await page.inputValue('#brush-start'), '0');
  for (let key = 0; key < 4; key += 1) await page.keyboard.press('ArrowRight');
  const expected = await periodOf(page, 4, count - 1);
  await page.keyboard.press('Enter');
  t.deepEqual(await zoomedTo(page), expected);
});

test.serial('updates can be paused', async (t) => {
  t.timeout(300_000);
  const context = await visitAs(browser, frontend.url, 'agent', 'en');
  t.teardown(() => context.close());
  const page = await context.newPage();
  await page.clock.install();
  await page.goto('/logs/dashboard');
  const requests: string[] = [];
  page.on('request', (request) => {
    if (request.headers()['x-guichet-passive'] === 'yes' && request.url().includes('/logs/dashboard'))
      requests.push(request.url());
  });
  await page.click('[data-live-pause]');
  t.is(await page.getAttribute('[data-live-pause]', 'aria-pressed'), 'true');
  await page.locator('h1').click();
  await page.clock.runFor(35_000);
  t.is(requests.length, 0);
  await page.click('[data-live-pause]');
  const refreshed = page.waitForRequest((request) => request.url().includes('/logs/dashboard'));
  await page.clock.runFor(12_000);
  t.truthy(await refreshed);
});

test.serial('without scripts, bars are links and every chart has a table of links', async (t) => {
  t.timeout(300_000);
  const page = await open(t, { javaScriptEnabled: false });
  t.false(await page.locator('#brush-start').isVisible());
  for (const id of ['series', 'by-action', 'by-outcome', 'by-service', 'by-address', 'by-agent', 'decisions'])
    t.true((await page.locator(`#${id} tbody a`).count()) > 0, id);
  const href = await page.locator('[data-bar]').first().getAttribute('href');
  t.regex(href ?? '', /^\/logs\?level=INFO&from=.*&to=/);
});
