import { launchChromium } from '@guichet/testing/chromium';
import test from 'ava';
import type { Browser, Page } from 'playwright-core';
import { household } from '../testing/answers/accounts.ts';
import { type RunningFrontend, startFrontend } from '../testing/start-frontend.ts';
import { type Visitor, visitAs } from './visit.ts';

// What the keyboard, a device's settings and a screen reader need of the components, in Chromium.

let frontend: RunningFrontend;
let browser: Browser;
test.before(async () => {
  [frontend, browser] = await Promise.all([
    startFrontend({ built: true, styleguide: true }),
    launchChromium(),
  ]);
});
test.after.always(async () => {
  await browser?.close();
  await frontend?.close();
});

async function open(
  t: { teardown: (close: () => Promise<void>) => void },
  visitor: Visitor,
  path: string,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Page> {
  const context = await visitAs(browser, frontend.url, visitor, 'en', options);
  t.teardown(() => context.close());
  const page = await context.newPage();
  await page.goto(path);
  return page;
}

const PHONE = { viewport: { width: 390, height: 664 } };
const focused = (page: Page) => page.evaluate('document.activeElement.textContent.trim()');

/** The element with the focus, if bars cover all of it. */
const HIDDEN_FOCUS = `(() => {
  const element = document.activeElement;
  if (element === null || element === document.body || element.closest('.skip-link') !== null) return null;
  const { left, right, top, bottom } = element.getBoundingClientRect();
  const at = (x, y) => document.elementFromPoint(x, y);
  const inside = (x, low, high) => Math.min(Math.max(x, low), high);
  const [x, width] = [inside((left + right) / 2, 1, innerWidth - 1), innerHeight - 1];
  const seen = [top + 2, (top + bottom) / 2, bottom - 2].some((y) => {
    if (y < 0 || y > width) return false;
    const found = at(x, y);
    return found !== null && (element.contains(found) || found.contains(element));
  });
  return seen ? null : element.outerHTML.slice(0, 120);
})()`;

for (const [visitor, path] of [
  ['member', '/dashboard'],
  ['member', '/transfers/new'],
  ['member', `/accounts/${household.id}`],
  ['agent', '/inbox'],
  ['agent', '/logs'],
] as const) {
  for (const [screen, options] of Object.entries({ 'a phone': PHONE, 'a screen': {} })) {
    test.serial(`no bar covers what has the focus on ${path} on ${screen}`, async (t) => {
      const page = await open(t, visitor, path, options);
      const hidden = new Set<unknown>();
      for (let step = 0; step < 60; step += 1) {
        await page.keyboard.press('Tab');
        const covered = await page.evaluate(HIDDEN_FOCUS);
        if (covered !== null) hidden.add(covered);
      }
      t.deepEqual([...hidden], []);
    });
  }
}

test.serial('Esc closes a menu and returns the focus to its button', async (t) => {
  const page = await open(t, 'member', '/dashboard', PHONE);
  const menu = page.locator('details[data-menu]').last();
  await menu.locator('summary').focus();
  await page.keyboard.press('Enter');
  t.true(await menu.evaluate((element) => 'open' in element && element.open === true));
  await page.keyboard.press('Tab');
  t.not(await focused(page), 'More');
  await page.keyboard.press('Escape');
  t.is(await menu.getAttribute('open'), null);
  t.is(await focused(page), 'More');
});

test.serial('a dialog keeps the focus inside, and Esc closes it and returns the focus', async (t) => {
  const page = await open(t, 'visitor', '/styleguide');
  const dialog = page.locator('dialog#example');
  await page.getByText('Open a dialog').focus();
  await page.keyboard.press('Enter');
  t.true(await dialog.isVisible());
  for (let step = 0; step < 8; step += 1) {
    await page.keyboard.press('Tab');
    t.true(
      await page.evaluate(
        `document.activeElement === document.body || document.activeElement.closest('dialog') !== null`,
      ),
    );
  }
  await page.keyboard.press('Escape');
  t.false(await dialog.isVisible());
  t.is(await focused(page), 'Open a dialog');
  await page.keyboard.press('Enter');
  await page.mouse.click(5, 5);
  t.false(await dialog.isVisible(), 'a click outside closes it too');
});

test.serial('a toast is added to a region that screen readers announce, and can be dismissed', async (t) => {
  const page = await open(t, 'visitor', '/styleguide');
  const region = page.locator('[data-toasts]');
  t.is(await region.getAttribute('role'), 'status');
  await page.getByRole('button', { name: 'Toast: warn' }).click();
  t.is((await region.textContent())?.trim(), 'A toast of the kind warn');
  for (let more = 0; more < 4; more += 1) await page.getByRole('button', { name: 'Toast: info' }).click();
  t.is(await region.locator('.toast').count(), 3, 'they never fill the screen');
  await region.getByRole('button', { name: 'Dismiss' }).first().click();
  t.is(await region.locator('.toast').count(), 2);
  await page.keyboard.press('Escape');
  t.is(await region.locator('.toast').count(), 0);
});

test.serial('a toast leaves when it would cover what has the focus', async (t) => {
  const page = await open(t, 'visitor', '/styleguide', PHONE);
  await page.getByRole('button', { name: 'Toast: info' }).click();
  const toast = page.locator('[data-toasts] .toast');
  const links = page.locator('main a[href]:visible');
  const link = links.nth(Math.floor((await links.count()) / 2));
  const tops = await Promise.all([link, toast].map(async (one) => (await one.boundingBox())?.y ?? NaN));
  await page.evaluate(`window.scrollBy(0, ${tops[0]} - ${tops[1]} - 10)`);
  t.is(await toast.count(), 1, 'scrolling alone keeps it');
  await link.focus();
  await toast.waitFor({ state: 'detached', timeout: 5_000 });
  t.is(await toast.count(), 0);
});

test.serial('a toast stays while the pointer or the focus is on it, and leaves after both did', async (t) => {
  const page = await open(t, 'visitor', '/styleguide');
  await page.clock.install();
  const toast = page.locator('[data-toasts] .toast');
  const dismiss = toast.getByRole('button', { name: 'Dismiss' });
  const left = async (first: () => Promise<unknown>, second: () => Promise<unknown>): Promise<void> => {
    await page.getByRole('button', { name: 'Toast: info' }).click();
    await toast.hover();
    await dismiss.focus();
    await first();
    await page.clock.fastForward(15_000);
    t.is(await toast.count(), 1, 'one of them is still there');
    await second();
    await page.clock.fastForward(15_000);
    t.is(await toast.count(), 0);
  };
  const unfocus = () => dismiss.blur();
  const movePointer = () => page.mouse.move(5, 5);
  await left(unfocus, movePointer);
  await left(movePointer, unfocus);
});

test.serial(
  'where the device has its own colours, the current page and the focus still stand out',
  async (t) => {
    const page = await open(t, 'member', '/dashboard', { forcedColors: 'active' });
    const background = (selector: string) =>
      page.evaluate(`getComputedStyle(document.querySelector('${selector}')).backgroundColor`);
    t.not(await background('.nav-item[aria-current]'), await background('.nav-item:not([aria-current])'));
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
    t.is(outline, 'solid');
  },
);

test.serial('nothing moves for users who asked for less motion', async (t) => {
  const page = await open(t, 'visitor', '/styleguide', { reducedMotion: 'reduce' });
  const moving = await page.evaluate(`[...document.querySelectorAll('*')].filter((element) => {
    const { animationName, transitionDuration } = getComputedStyle(element);
    return animationName !== 'none' || transitionDuration.split(', ').some((one) => one !== '0s');
  }).length`);
  t.is(moving, 0);
});

test.serial('a theme can be chosen without scripts, and keeps what was typed', async (t) => {
  const page = await open(t, 'member', '/accounts/new', { javaScriptEnabled: false });
  // Without scripts the form gets its address at once.
  await page.waitForURL(/draft=/);
  const colour = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
  const light = await colour();
  await page.fill('[name=name]', 'Garden');
  await page.getByRole('button', { name: 'Dark' }).click();
  await page.locator('html[data-theme=dark]').waitFor();
  t.not(await colour(), light);
  t.is(await page.inputValue('[name=name]'), 'Garden');
  await page.goto('/dashboard');
  t.not(await colour(), light, 'it is kept');
});
