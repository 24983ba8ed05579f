import { LANGUAGES, type Language } from '@guichet/contract';
import { launchChromium } from '@guichet/testing/chromium';
import test from 'ava';
import type { Browser } from 'playwright-core';
import { PAGES } from '../testing/every-page.ts';
import { type RunningFrontend, startFrontend } from '../testing/start-frontend.ts';
import { lengthen } from './longest.ts';
import { layoutFaultsAt, type Visitor, violations, visitAs } from './visit.ts';

// Every page of every role, in both languages, on every width: laid out without overlaps, without violations of WCAG 2.2, and without
// an error in the console.

/** Phones, a tablet, and screens; and 1280 by 1024 at 400 percent (WCAG 1.4.10). */
const WIDTHS = [320, 360, 390, 768, 1024, 1180, 1440];
const ZOOMED = { width: 320, height: 256 };

type Look = { width: number; colorScheme: 'light' | 'dark' };
const EVERY_LOOK: Look[] = [390, 1280].flatMap((width) => [
  { width, colorScheme: 'light' },
  { width, colorScheme: 'dark' },
]);
/** axe takes a second for a long page, so each language has one look of its own; with TEST_EVERY_LOOK=1 it has all four. */
const LOOKS: Record<Language, Look[]> =
  process.env.TEST_EVERY_LOOK === '1'
    ? { en: EVERY_LOOK, fr: EVERY_LOOK }
    : { en: [{ width: 1280, colorScheme: 'light' }], fr: [{ width: 390, colorScheme: 'dark' }] };

/** A role has dozens of pages, so the time is that of one, on a slow machine. */
const PAGE_WITHIN_MS = 120_000;

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

for (const language of LANGUAGES) {
  for (const [visitor, paths] of Object.entries(PAGES) as [Visitor, string[]][]) {
    test.serial(
      `every page of a ${visitor} in ${language} fits every screen and can be used by everyone`,
      async (t) => {
        const context = await visitAs(browser, frontend.url, visitor, language);
        const page = await context.newPage();
        const complaints: string[] = [];
        page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
        page.on('pageerror', (error) => complaints.push(String(error)));
        const faults: Record<string, string[]> = {};
        for (const path of visitor === 'visitor' ? [...paths, '/styleguide'] : paths) {
          t.timeout(PAGE_WITHIN_MS);
          await page.goto(path);
          const found: string[] = [];
          const note = (where: string, what: string[]): void => {
            found.push(...what.map((one) => `${where}: ${one}`));
          };
          for (const width of WIDTHS) note(`${width}`, await layoutFaultsAt(page, width));
          note('zoomed', await layoutFaultsAt(page, ZOOMED.width, ZOOMED.height));
          for (const { width, colorScheme } of LOOKS[language]) {
            await page.setViewportSize({ width, height: 900 });
            await page.emulateMedia({ colorScheme });
            note(`axe, ${width}, ${colorScheme}`, await violations(page));
          }
          if (found.length > 0) faults[path] = found;
        }
        await context.close();
        t.deepEqual(faults, {});
        t.deepEqual(complaints, []);
      },
    );
  }
}

for (const [visitor, paths] of Object.entries(PAGES) as [Visitor, string[]][]) {
  test.serial(`the longest names and amounts fit the pages of a ${visitor}`, async (t) => {
    const bank = await startFrontend({ built: true, editAnswers: lengthen });
    const context = await visitAs(browser, bank.url, visitor, 'fr');
    t.teardown(() => Promise.all([context.close(), bank.close()]));
    const page = await context.newPage();
    const faults: Record<string, string[]> = {};
    for (const path of paths) {
      t.timeout(PAGE_WITHIN_MS);
      await page.goto(path);
      const found: string[] = [];
      for (const width of [320, 768, 1024, 1280]) {
        found.push(...(await layoutFaultsAt(page, width)).map((fault) => `${width}: ${fault}`));
      }
      if (found.length > 0) faults[path] = found;
    }
    t.deepEqual(faults, {});
  });
}
