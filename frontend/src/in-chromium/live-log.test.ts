import { launchChromium } from '@guichet/testing/chromium';
import test from 'ava';
import { buildLogEntry, buildUser } from '../testing/fixtures.ts';
import { startFrontend } from '../testing/start-frontend.ts';
import { visitAs } from './visit.ts';

test('the live tail adds the same rows as the list, in the language of the page', async (t) => {
  t.timeout(120_000);
  const browser = await launchChromium();
  const { bank, url, close } = await startFrontend({ built: true });
  t.teardown(() => Promise.all([browser.close(), close()]));
  const context = await visitAs(browser, url, 'agent', 'fr');
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await page.goto('/logs');
  await page.click('[data-live-toggle]');
  // The live news of the page are a stream of their own.
  await page.waitForFunction('document.querySelector("[data-live-toggle]").ariaPressed === "true"');
  const alice = buildUser('alice', 'member');
  const data = { type: 'external_transfer', status: 'pending', amount: 12_000, currency: 'EUR' };
  const added = page.locator('tbody[data-live] tr').filter({ hasText: 'alice a demandé un virement' });
  for (let sequence = 1_001; (await added.count()) === 0; sequence += 1) {
    bank.stream.publish(buildLogEntry(sequence, alice, { sequence, level: 'WARNING', data }));
    await page.waitForTimeout(250);
  }
  const text = (await added.first().textContent()) ?? '';
  t.regex(text, /120,00\s€/u);
  t.regex(text, /Virement demandé/);
  t.regex(text, /Avertissement/);
  t.is(await page.locator('tbody[data-live] tr').first().textContent(), text, 'on top');
});
