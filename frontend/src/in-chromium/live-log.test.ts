import { launchChromium } from '@guichet/testing/chromium';
import test from 'ava';
import { buildLogEntry, buildUser } from '../testing/fixtures.ts';
import { startFrontend } from '../testing/start-frontend.ts';
import { visitAs } from './visit.ts';

test('the live tail adds the same rows as the list, in the language of the page', async (t) => {
  t.timeout(300_000);
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

test('beside a long sentence a username is on one line', async (t) => {
  t.timeout(300_000);
  const browser = await launchChromium();
  const { bank, url, close } = await startFrontend({ built: true });
  t.teardown(() => Promise.all([browser.close(), close()]));
  const entry = buildLogEntry(1, buildUser('claire.dubois', 'agent'), {
    data: {},
    message: 'Refused. '.repeat(40),
    action: 'UNKNOWN_TO_THIS_RELEASE',
  });
  const page = await (await visitAs(browser, url, 'agent', 'fr')).newPage();
  page.setDefaultTimeout(60_000);
  for (const width of [768, 1024, 1440]) {
    bank.answerNext('GET', '/api/logs', { status: 200, body: { items: [entry], next: null } });
    await page.setViewportSize({ width, height: 900 });
    await page.goto('/logs');
    const row = page.locator('tbody[data-live] tr').filter({ hasText: 'Refused. Refused.' });
    const lines = await row.locator('td:nth-child(4)').evaluate((cell) => {
      const range = cell.ownerDocument.createRange();
      range.selectNodeContents(cell);
      return range.getClientRects().length;
    });
    t.is(lines, 1, `at ${width} px`);
  }
});
