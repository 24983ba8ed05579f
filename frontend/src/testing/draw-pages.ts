import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchChromium } from '@guichet/testing/chromium';
import type { BrowserContext, Page } from 'playwright-core';
import { type Visitor, visitAs } from '../in-chromium/visit.ts';
import { postedTransfer } from './answers/operations.ts';
import { PAGES } from './every-page.ts';
import type { FakeBank } from './fake-bank.ts';
import { beneficiaries } from './fixtures.ts';
import { problem } from './messages.ts';
import { startFrontend } from './start-frontend.ts';

const FOLDER = fileURLToPath(new URL('../../../docs/screens/', import.meta.url));
const SCREENS = {
  phone: { width: 390, height: 844 },
  desktop: { width: 1280, height: 860 },
};

type Open = (page: Page, bank: FakeBank) => Promise<unknown>;

/** The pages that no address opens at once: it takes a form, or is further down. */
const STATES: Partial<Record<Visitor, Record<string, Open>>> = {
  member: {
    'transfers-review-passkey': confirmTransfer,
    'security-sessions': (page) => page.goto('/security#sessions'),
  },
  agent: {
    'operations-story': (page) => page.goto(`/operations/${postedTransfer.id}`),
    'operations-story-verified': (page) => page.goto(`/operations/${postedTransfer.id}?verify=1#audit`),
  },
};

/** A transfer that only a passkey can confirm. */
async function confirmTransfer(page: Page, bank: FakeBank): Promise<void> {
  const send = () => page.locator('main form button.button-primary[type=submit]').first().click();
  for (let times = 0; times < 2; times += 1)
    bank.answerNext('POST', '/api/payees/verify', {
      status: 200,
      body: { result: 'match', suggestion: null },
    });
  await page.goto(`/transfers/new?beneficiary=${beneficiaries[1]?.id}`);
  await page.selectOption('[name=from_account_id]', { index: 1 });
  await page.fill('[name=amount]', '2000');
  await page.fill('[name=reference]', 'Kitchen, second half');
  await send();
  await page.waitForURL(/\/transfers\/review/);
  bank.answerNext('POST', '/api/operations', { status: 403, body: problem(403, 'totp_required') });
  await send();
  await page.locator('#f-passkey').waitFor();
}

/** Draws every page into docs/screens, on a phone and a screen, in the light and in the dark; only `wanted` pages if there are any. */
export async function drawPages(wanted: readonly string[]): Promise<void> {
  const [frontend, browser] = await Promise.all([startFrontend({ built: true }), launchChromium()]);
  try {
    await mkdir(FOLDER, { recursive: true });
    for (const [visitor, paths] of Object.entries(PAGES) as [Visitor, string[]][]) {
      const opened: [string, Open][] = paths.map((path) => [nameOf(path), (page) => page.goto(path)]);
      const pages = [...opened, ...Object.entries(STATES[visitor] ?? {})].filter(
        ([name]) => wanted.length === 0 || wanted.includes(name),
      );
      for (const [screen, viewport] of Object.entries(SCREENS)) {
        if (pages.length === 0) continue;
        const context = await visitAs(browser, frontend.url, visitor, 'en', { viewport });
        for (const [name, open] of pages)
          await draw(context, (page) => open(page, frontend.bank), `${visitor}-${name}-${screen}`);
        await context.close();
      }
    }
  } finally {
    await browser.close();
    await frontend.close();
  }
}

/** Two small files: what the page looks like before it is scrolled, in both themes. */
async function draw(
  context: BrowserContext,
  open: (page: Page) => Promise<unknown>,
  name: string,
): Promise<void> {
  const page = await context.newPage();
  await open(page);
  await selectBars(page);
  const session = await context.newCDPSession(page);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    // Charts are drawn again in the colours of the theme.
    await page.waitForTimeout(200);
    const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 75 });
    await writeFile(join(FOLDER, `${name}-${colorScheme}.webp`), Buffer.from(data, 'base64'));
  }
  await page.close();
}

/** On a chart that can be zoomed, a part is being selected. */
async function selectBars(page: Page): Promise<void> {
  const plot = page.locator('[data-plot]');
  if ((await plot.count()) === 0) return;
  await plot.evaluate((element) => element.scrollIntoView({ block: 'center' }));
  const box = await plot.boundingBox();
  if (box === null) return;
  const y = box.y + box.height / 3;
  await page.mouse.move(box.x + box.width * 0.45, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.8, y, { steps: 4 });
}

/** The words of an address, without ids. */
function nameOf(path: string): string {
  const words = path
    .replace(/\?.*/, '')
    .split('/')
    .filter((part) => part !== '' && !/^[0-9a-f-]{36}$/.test(part));
  const query = /[?&](?:kind|tab)=(\w+)/.exec(path)?.[1];
  const isOne = /[0-9a-f-]{36}$/.test(path);
  return [
    ...(words.length === 0 ? ['front'] : words),
    ...(isOne ? ['one'] : []),
    ...(query ? [query] : []),
    ...(/[?&]search=/.test(path) ? ['searched'] : []),
    ...(/[?&]verify=/.test(path) ? ['verified'] : []),
  ].join('-');
}
