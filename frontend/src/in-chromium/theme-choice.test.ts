import { LANGUAGES } from '@guichet/contract';
import { launchChromium } from '@guichet/testing/chromium';
import test from 'ava';
import { startFrontend } from '../testing/start-frontend.ts';
import { visitAs } from './visit.ts';

const [browser, frontend] = await Promise.all([launchChromium(), startFrontend({ built: true })]);
test.after.always(() => Promise.all([browser.close(), frontend.close()]));

/** Where each button of the choice on the profile begins, and how tall it is. */
const PLACES = `[...document.querySelectorAll('main [role=group] button')].map((button) => {
  const { top, height } = button.getBoundingClientRect();
  return [Math.round(top), Math.round(height)].join(' ');
})`;

for (const language of LANGUAGES) {
  test.serial(`the three themes stand side by side on a phone, in ${language}`, async (t) => {
    const context = await visitAs(browser, frontend.url, 'member', language);
    t.teardown(() => context.close());
    const page = await context.newPage();
    await page.goto('/profile');
    for (const width of [320, 360, 390, 640, 1280]) {
      await page.setViewportSize({ width, height: 844 });
      const places = (await page.evaluate(PLACES)) as string[];
      t.is(places.length, 3);
      t.is(new Set(places).size, 1, `${width}: ${places.join(', ')}`);
    }
  });
}
